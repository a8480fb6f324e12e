//! Fluent construction: a manifest grows by one readable line for each thing that it says.

use schemars::JsonSchema;

use crate::{
    Action, Audience, Caller, Condition, CustomerField, EffectKind, FieldAsk, HistoryAsk, Manifest,
    Outcome, ProposeAsk, Reads, Schedule, Subscription, Weekday, schema,
};

impl Manifest {
    /// The least a plugin can say: its name and its version, for which
    /// `env!("CARGO_PKG_NAME")` and `env!("CARGO_PKG_VERSION")` are good sources.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Manifest {
        let name = name.into();
        Manifest {
            title: name.clone(),
            name,
            version: version.into(),
            summary: String::new(),
            reads: Reads::default(),
            proposes: Vec::new(),
            subscribes: Vec::new(),
            schedules: Vec::new(),
            actions: Vec::new(),
            settings: crate::empty_object(),
            outcomes: Vec::new(),
        }
    }

    /// A few words for a list.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// One or two sentences: what the business gets from it.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// Asks to see one field of the customer record.
    pub fn reads_field(mut self, field: CustomerField, because: impl Into<String>) -> Self {
        self.reads.customer.push(FieldAsk {
            field,
            because: because.into(),
        });
        self
    }

    /// Asks to see the customer's interactions of these kinds (none named: of every kind) of the
    /// last `days` days, 1 to 3650.
    pub fn reads_history<K: Into<String>>(
        mut self,
        kinds: impl IntoIterator<Item = K>,
        days: u32,
        because: impl Into<String>,
    ) -> Self {
        self.reads.history.push(HistoryAsk {
            kinds: kinds.into_iter().map(Into::into).collect(),
            days,
            limit: crate::ask::default_limit(),
            because: because.into(),
        });
        self
    }

    /// Narrows the last [`reads_history`](Self::reads_history) to at most `limit` of the newest,
    /// 1 to 5000 instead of 1000. Less is faster.
    pub fn newest(mut self, limit: u32) -> Self {
        if let Some(ask) = self.reads.history.last_mut() {
            ask.limit = limit;
        }
        self
    }

    /// Asks to be allowed one kind of effect.
    pub fn proposes(mut self, effect: EffectKind, because: impl Into<String>) -> Self {
        self.proposes.push(ProposeAsk {
            effect,
            because: because.into(),
            kinds: Vec::new(),
            service: false,
        });
        self
    }

    /// Asks to be allowed to append interactions of these kinds to the customer's history.
    pub fn proposes_records<K: Into<String>>(
        mut self,
        kinds: impl IntoIterator<Item = K>,
        because: impl Into<String>,
    ) -> Self {
        self.proposes.push(ProposeAsk {
            effect: EffectKind::Record,
            because: because.into(),
            kinds: kinds.into_iter().map(Into::into).collect(),
            service: false,
        });
        self
    }

    /// Asks to send messages of which some answer to what the customer did: the purpose `service`.
    pub fn proposes_service_messages(mut self, because: impl Into<String>) -> Self {
        self.proposes.push(ProposeAsk {
            effect: EffectKind::Message,
            because: because.into(),
            kinds: Vec::new(),
            service: true,
        });
        self
    }

    /// Wants an event by its CloudEvents type: `customer.created`, `task.closed`,
    /// `question.answered`, … Schedules and timers need no subscription.
    pub fn subscribes(mut self, event: impl Into<String>) -> Self {
        self.subscribes.push(Subscription {
            event: event.into(),
            kinds: Vec::new(),
        });
        self
    }

    /// Wants every new interaction of these kinds (none named: of every kind).
    pub fn subscribes_to_interactions<K: Into<String>>(
        mut self,
        kinds: impl IntoIterator<Item = K>,
    ) -> Self {
        self.subscribes.push(Subscription {
            event: "interaction.recorded".to_owned(),
            kinds: kinds.into_iter().map(Into::into).collect(),
        });
        self
    }

    /// Wants to be called by the clock.
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.schedules.push(schedule);
        self
    }

    /// Can be asked to do something by name.
    pub fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// Can be set up by the operator: `S` says with what. Properties that serde has a default for
    /// may be left out, and the schema shows that default.
    pub fn settings<S: JsonSchema>(mut self) -> Self {
        self.settings = schema::of_input::<S>();
        self
    }

    /// Means to move a number.
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcomes.push(outcome);
        self
    }
}

impl Schedule {
    /// Every day at a local time, `HH:MM`, for every customer.
    pub fn daily(
        id: impl Into<String>,
        at: impl Into<String>,
        because: impl Into<String>,
    ) -> Schedule {
        Schedule {
            id: id.into(),
            at: at.into(),
            on: Vec::new(),
            audience: Audience::default(),
            because: because.into(),
        }
    }

    /// Only on these days of the week.
    pub fn on(mut self, days: impl IntoIterator<Item = Weekday>) -> Self {
        self.on = days.into_iter().collect();
        self
    }

    /// Only for customers who meet this condition, and all others given this way.
    pub fn when(mut self, condition: Condition) -> Self {
        self.audience.all.push(condition);
        self
    }
}

impl Action {
    /// An action that reads `I` and answers `O`, is about one customer, and is for staff.
    pub fn new<I: JsonSchema, O: JsonSchema>(
        id: impl Into<String>,
        title: impl Into<String>,
    ) -> Action {
        Action {
            id: id.into(),
            title: title.into(),
            summary: String::new(),
            customer: true,
            callers: vec![Caller::Staff],
            input: schema::of_input::<I>(),
            output: schema::of_output::<O>(),
        }
    }

    /// What it does, for those who call it.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// It is about no customer in particular: a call needs to name none.
    pub fn about_no_customer(mut self) -> Self {
        self.customer = false;
        self
    }

    /// Who may call it, instead of staff only.
    pub fn callers(mut self, callers: impl IntoIterator<Item = Caller>) -> Self {
        self.callers = callers.into_iter().collect();
        self
    }
}

impl Outcome {
    /// Counted when an interaction of `kind` comes within `days` days of the proposal.
    pub fn new(
        id: impl Into<String>,
        title: impl Into<String>,
        kind: impl Into<String>,
        days: u32,
    ) -> Outcome {
        Outcome {
            id: id.into(),
            title: title.into(),
            kind: kind.into(),
            within_days: days,
        }
    }
}
