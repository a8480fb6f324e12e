//! A fluent builder: one readable line for each request of a manifest.

use schemars::JsonSchema;

use crate::{
    Action, Audience, Caller, Condition, CustomerField, EffectKind, FieldAsk, HistoryAsk, Manifest,
    Outcome, ProposeAsk, Reads, Schedule, Subscription, Weekday, schema,
};

impl Manifest {
    /// Creates a manifest with only a name and a version. `env!("CARGO_PKG_NAME")` and
    /// `env!("CARGO_PKG_VERSION")` are good sources.
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

    /// Sets the title, a few words for a list.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Sets the summary: the benefit for the business, in one or two sentences.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// Requests one field of the customer record.
    pub fn reads_field(mut self, field: CustomerField, because: impl Into<String>) -> Self {
        self.reads.customer.push(FieldAsk {
            field,
            because: because.into(),
        });
        self
    }

    /// Requests the customer's interactions of these kinds in the last `days` days, 1 to 3650. No kinds means
    /// all.
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

    /// Limits the last [`reads_history`](Self::reads_history) to the newest `limit` interactions, 1 to 5000
    /// instead of 1000. A smaller limit is faster.
    pub fn newest(mut self, limit: u32) -> Self {
        if let Some(ask) = self.reads.history.last_mut() {
            ask.limit = limit;
        }
        self
    }

    /// Requests to propose one kind of effect.
    pub fn proposes(mut self, effect: EffectKind, because: impl Into<String>) -> Self {
        self.proposes.push(ProposeAsk {
            effect,
            because: because.into(),
            kinds: Vec::new(),
            service: false,
        });
        self
    }

    /// Requests to append interactions of these kinds to the customer's history.
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

    /// Requests to send messages, also with the purpose `service`, which answer an act of the customer.
    pub fn proposes_service_messages(mut self, because: impl Into<String>) -> Self {
        self.proposes.push(ProposeAsk {
            effect: EffectKind::Message,
            because: because.into(),
            kinds: Vec::new(),
            service: true,
        });
        self
    }

    /// Subscribes to an event by its CloudEvents type: `customer.created`, `task.closed`,
    /// `question.answered`, … Schedules and timers need no subscription.
    pub fn subscribes(mut self, event: impl Into<String>) -> Self {
        self.subscribes.push(Subscription {
            event: event.into(),
            kinds: Vec::new(),
        });
        self
    }

    /// Subscribes to new interactions of these kinds. No kinds means all.
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

    /// Adds a schedule.
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.schedules.push(schedule);
        self
    }

    /// Adds an action.
    pub fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// Declares the type of the installation's settings. Properties with a serde default are optional, and
    /// the schema shows the default.
    pub fn settings<S: JsonSchema>(mut self) -> Self {
        self.settings = schema::of_input::<S>();
        self
    }

    /// Adds an outcome that the plugin wants to improve.
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcomes.push(outcome);
        self
    }
}

impl Schedule {
    /// Creates a schedule for every day at a local time, `HH:MM`, and for every customer.
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

    /// Limits the schedule to these days of the week.
    pub fn on(mut self, days: impl IntoIterator<Item = Weekday>) -> Self {
        self.on = days.into_iter().collect();
        self
    }

    /// Limits the schedule to customers who meet this condition and all earlier ones.
    pub fn when(mut self, condition: Condition) -> Self {
        self.audience.all.push(condition);
        self
    }
}

impl Action {
    /// Creates an action with input `I` and output `O`, about one customer, for staff.
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

    /// Sets the summary for callers.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// Makes the action independent of a customer: calls need not name one.
    pub fn about_no_customer(mut self) -> Self {
        self.customer = false;
        self
    }

    /// Sets the callers, instead of staff only.
    pub fn callers(mut self, callers: impl IntoIterator<Item = Caller>) -> Self {
        self.callers = callers.into_iter().collect();
        self
    }
}

impl Outcome {
    /// Creates an outcome that counts interactions of `kind` within `days` days of the proposal.
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
