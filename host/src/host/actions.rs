use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use regulars_manifest::Caller;
use serde_json::json;
use uuid::Uuid;

use super::{Core, Host};
use crate::dispatch::{
    About, BROKEN, Caller as Gated, NoTurn, Origin, Outcome, Ran, decide, keep_transcript, refused,
    report, write,
};
use crate::error::Error;
use crate::model::*;
use crate::plugin::Active;
use crate::runtime::{Call, Invocation, PluginView};
use crate::snapshot::{AsOf, Snapshot, without_customer};
use crate::store::{Answer, Change, Changeset, DeskView, Expect, Memory, StoreError};

/// How often an action is run again because something changed under it.
const MAX_CONFLICTS: u32 = 16;

impl Host {
    /// Asks a plugin to do one of the things it declared. Its effects are durable when this returns.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown plugin, action or customer; [`Error::Invalid`] where the
    /// input does not fit the action's schema; [`Error::Failed`] where the plugin failed, its output
    /// does not fit, or its effects were refused; [`Error::Limited`] where the plugin has used what it
    /// may for now, or the customer's turn does not come within half a minute; [`Error::Conflict`] where it is switched off, quarantined or broken.
    pub fn act(&self, call: ActionCall) -> Result<ActionReply, Error> {
        self.act_named(call, None)
    }

    /// [`Host::act`], once: the same call under the same name again gives the first answer, and the
    /// plugin does not run. Names are kept for seven days; a call that failed leaves none.
    ///
    /// # Errors
    /// As [`Host::act`]; [`Error::Duplicate`] where the name was used for another call.
    pub fn act_once(&self, call: ActionCall, name: Uuid) -> Result<ActionReply, Error> {
        self.act_named(call, Some(name))
    }

    fn act_named(&self, mut call: ActionCall, name: Option<Uuid>) -> Result<ActionReply, Error> {
        self.core.open()?;
        call.input = crate::plugin::whole_numbers(&call.input);
        let named = name.map(|name| (name, digest(&call)));
        if let Some(reply) = self.core.answered(named)? {
            return Ok(reply);
        }
        let mut active = self.check_call(&call)?;
        let id = RunId(self.core.ids.next(self.now()));
        // After all that was recorded before, and not beside an event of the same customer: what is
        // decided here must not be decided there at the same time.
        let _turn = match call.customer {
            None => None,
            Some(customer) => {
                self.customer(customer)?;
                let turn = self.core.dispatcher.turn(customer);
                Some(turn.map_err(|none| match none {
                    NoTurn::Stopped => Error::Stopped,
                    NoTurn::Crowded => Error::Limited {
                        plugin: call.plugin.clone(),
                        problem: "cannot be called for this customer yet: what was recorded before comes \
                                  first, and takes its time"
                            .to_owned(),
                        retry_after: Duration::from_secs(5),
                    },
                })?)
            }
        };
        for _ in 0..MAX_CONFLICTS {
            match self.core.act(&active, &call, id, named) {
                // Another version was installed meanwhile: it is the one that is asked.
                Err(Error::Store(StoreError::Conflict(Expect::Installation { .. }))) => {
                    self.core.reload_plugins()?;
                    active = self.check_call(&call)?;
                }
                Err(Error::Store(StoreError::Conflict(_))) => {}
                other => return other,
            }
            // It may have been the same call, sent twice at once.
            if let Some(reply) = self.core.answered(named)? {
                return Ok(reply);
            }
        }
        Err(Error::Conflict {
            what: "action",
            problem: "what it works on changes all the time: call it again".to_owned(),
        })
    }

    fn check_call(&self, call: &ActionCall) -> Result<Arc<Active>, Error> {
        let plugins = self.core.plugins();
        let active = plugins
            .get(&call.plugin)
            .ok_or_else(|| Error::not_found("plugin", &call.plugin))?;
        let refused = match active.installation.state {
            InstallationState::Enabled => None,
            InstallationState::Quarantined
                if active.gate.may_be_tried(&active.installation, self.now()) =>
            {
                None
            }
            InstallationState::Quarantined => {
                Some("is quarantined: resume it, or wait until it works again")
            }
            InstallationState::Broken => Some("does not load here: install a version that does"),
            InstallationState::Disabled => Some("is switched off: enable it first"),
        };
        if let Some(refused) = refused {
            return Err(Error::Conflict {
                what: "plugin",
                problem: format!("{} {refused}", call.plugin),
            });
        }
        let declared = &active.installation.manifest.actions;
        let action = declared
            .iter()
            .find(|action| action.id == call.action)
            .ok_or_else(|| {
                let known: Vec<&str> = declared.iter().map(|action| action.id.as_str()).collect();
                let id = format!(
                    "“{}” of {}, which has: {}",
                    crate::text::line(&call.action, 64),
                    call.plugin,
                    known.join(", ")
                );
                Error::not_found("action", id)
            })?;
        let callers: &[Caller] = if action.callers.is_empty() {
            &[Caller::Staff]
        } else {
            &action.callers
        };
        if !callers.contains(&call.caller) {
            return Err(Error::invalid(
                "/caller",
                format!("this action may be called by {callers:?}"),
            ));
        }
        match (action.customer, call.customer) {
            (true, None) => {
                return Err(Error::invalid(
                    "/customer",
                    "this action is about a customer: say which",
                ));
            }
            (false, Some(_)) => {
                return Err(Error::invalid(
                    "/customer",
                    "this action is about no customer: leave it out",
                ));
            }
            _ => {}
        }
        if let Some((input, _)) = active.actions.get(&call.action)
            && let Err(errors) = input.check(&call.input)
            && let Some(first) = errors.into_iter().next()
        {
            return Err(Error::invalid(format!("/input{}", first.at), first.problem));
        }
        Ok(active.clone())
    }
}

/// What an action works on.
enum Basis {
    Customer(Box<Snapshot>),
    Plugin(Memory),
}

/// What a call asks, as SHA-256.
fn digest(call: &ActionCall) -> [u8; 32] {
    let asked = json!([call.plugin, call.action, call.customer, call.input]);
    Digest::of(asked.to_string().as_bytes()).0
}

/// The name of a call, and what it asks.
type Named = (Uuid, [u8; 32]);

impl Core {
    /// What this call was answered before.
    fn answered(&self, named: Option<Named>) -> Result<Option<ActionReply>, Error> {
        let Some((name, asked)) = named else {
            return Ok(None);
        };
        match self.store.answer(name)? {
            Some(answer) if answer.asked == asked => Ok(Some(answer.reply)),
            Some(_) => Err(Error::Duplicate {
                what: "call",
                id: name.to_string(),
            }),
            None => Ok(None),
        }
    }

    fn act(
        self: &Arc<Core>,
        active: &Arc<Active>,
        call: &ActionCall,
        id: RunId,
        named: Option<Named>,
    ) -> Result<ActionReply, Error> {
        let now = self.clock.now();
        let mut permit = self
            .admit(active, Gated::Action)
            .map_err(|wait| Error::Limited {
                plugin: call.plugin.clone(),
                problem: wait.words(),
                retry_after: wait.retry_after(),
            })?;
        let (basis, slice) = self.basis(active, call, id, now)?;
        let slice = Arc::new(slice);
        let made = match active.plugin() {
            Some(plugin) => self.runtime.act(plugin, &slice, &call.action, &call.input),
            None => Call::not_made(BROKEN),
        };
        permit.used(made.fuel);
        let (mut output, mut effects) = (Json::Null, Vec::new());
        let result = made.result.map(|(answer, proposed)| {
            output = answer;
            effects = proposed;
        });
        let made = Call {
            result: result.map(|()| effects),
            fuel: made.fuel,
            micros: made.micros,
            peak_memory: made.peak_memory,
            logs: made.logs,
            read_plugin_memory: made.read_plugin_memory,
        };
        let trigger = Trigger::Action {
            action: call.action.clone(),
        };
        let mut ran = report(active, id, trigger, call.customer, now, 1, made);
        check_output(active, call, &output, &mut ran);
        let known: HashSet<InteractionId> = slice
            .history
            .iter()
            .map(|interaction| interaction.id)
            .collect();
        let outcome = match &basis {
            Basis::Customer(snapshot) => Outcome::of(snapshot, &call.plugin),
            Basis::Plugin(memory) => Outcome {
                customer: None,
                customer_memory: Memory::default(),
                plugin_memory: memory.clone(),
            },
        };
        let memories = (&outcome.customer_memory, &outcome.plugin_memory);
        refused(self, &mut ran, &known, memories, now)?;
        permit.came_to(ran.fault(), self.config.quarantine_after);
        self.leave(permit);
        keep_transcript(self, &mut ran, &slice, Some(&output), || {
            Invocation::Action {
                action: call.action.clone(),
                input: call.input.clone(),
            }
        });

        let nobody = DeskView::default();
        let (customer, desk) = match &basis {
            Basis::Customer(snapshot) => (Some(&snapshot.data.customer), &snapshot.data.desk),
            Basis::Plugin(_) => (None, &nobody),
        };
        let mut runs = [ran];
        let mut changeset = Changeset::new();
        let about = About {
            customer,
            desk,
            depth: 0,
        };
        decide(self, now, &about, &mut runs, &mut changeset)?;
        let [mut ran] = runs;
        self.metrics.ran(&ran);
        let plugins = self.plugins();
        let origin = Origin {
            now,
            decided_at: now,
            event: None,
            depth: 0,
            plugins: &plugins,
        };
        write(&mut changeset, &origin, &outcome, &mut ran);
        let failure = ran.failure.clone();
        ran.record(&mut changeset);
        let reply = ActionReply { output, run: id };
        if let Some((name, asked)) = named.filter(|_| failure.is_none()) {
            changeset.expect(Expect::AnswerAbsent(name));
            changeset.push(Change::KeepAnswer(Answer {
                name,
                asked,
                customer: call.customer,
                reply: reply.clone(),
                at: now,
            }));
        }
        self.commit(changeset)?;
        match failure {
            None => Ok(reply),
            Some((failure, detail)) => Err(Error::Failed {
                run: id,
                failure,
                detail,
            }),
        }
    }

    fn basis(
        &self,
        active: &Arc<Active>,
        call: &ActionCall,
        id: RunId,
        now: Timestamp,
    ) -> Result<(Basis, PluginView), Error> {
        let zone = &self.config.time_zone;
        let Some(customer) = call.customer else {
            let memory = self.store.memory(&call.plugin, None)?;
            let slice = without_customer(zone, now, active, id, &memory);
            return Ok((Basis::Plugin(memory), slice));
        };
        let at = AsOf {
            customer,
            now,
            date: None,
            as_of: None,
            seed: EventId(id.0),
        };
        let snapshot = Snapshot::load(&*self.store, zone, at, std::slice::from_ref(active))?
            .ok_or_else(|| self.no_customer(customer))?;
        let slice = snapshot.view(active);
        Ok((Basis::Customer(Box::new(snapshot)), slice))
    }
}

fn check_output(active: &Active, call: &ActionCall, output: &Json, ran: &mut Ran) {
    let Some((_, schema)) = active.actions.get(&call.action) else {
        return;
    };
    if ran.failure.is_none()
        && let Err(errors) = schema.check(output)
        && let Some(first) = errors.into_iter().next()
    {
        ran.returned = Some(std::mem::take(&mut ran.effects));
        ran.failure = Some((
            FailureKind::BadOutput,
            format!("its output does not fit its own schema: {first}"),
        ));
    }
}
