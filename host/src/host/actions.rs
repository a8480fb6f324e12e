use std::sync::Arc;
use std::time::Duration;

use regulars_manifest::Caller;
use serde_json::json;
use uuid::Uuid;

use super::Host;
use crate::dispatch::LockError;
use crate::engine::Engine;
use crate::error::Error;
use crate::model::*;
use crate::pipeline::{
    EffectContext, Hook, Mode, PluginCall, StoredRecords, admit, conclude, perform,
};
use crate::plugin::admission;
use crate::plugin_set::Active;
use crate::runtime::PluginView;
use crate::snapshot::{AsOf, Snapshot, without_customer};
use crate::store::{
    Change, Changeset, DeskView, IdempotencyRecord, Memory, Precondition, StoreError,
};

/// The most runs of one action, each after a conflict.
const MAX_CONFLICTS: u32 = 16;

impl Host {
    /// Calls one of a plugin's actions. Its effects are durable when this returns.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown plugin, action or customer; [`Error::Invalid`] if the input does not fit the
    /// action's schema; [`Error::Failed`] if the plugin failed, its output does not fit, or its effects were refused;
    /// [`Error::Limited`] if the plugin is at its limits, or the customer's earlier events take more than half a
    /// minute; [`Error::Conflict`] if it is disabled, quarantined or broken.
    pub fn act(&self, call: ActionCall) -> Result<ActionReply, Error> {
        self.act_named(call, None)
    }

    /// Calls an action once: the same call under the same name again returns the first reply without running the
    /// plugin. Names are kept for seven days; a failed call leaves none.
    ///
    /// # Errors
    /// As [`Host::act`]; [`Error::Duplicate`] if the name was used for another call.
    pub fn act_once(&self, call: ActionCall, name: Uuid) -> Result<ActionReply, Error> {
        self.act_named(call, Some(name))
    }

    fn act_named(&self, mut call: ActionCall, name: Option<Uuid>) -> Result<ActionReply, Error> {
        self.engine.check_open()?;
        call.input = crate::plugin::whole_numbers(&call.input);
        let named = name.map(|name| (name, digest(&call)));
        if let Some(reply) = answered(&self.engine, named)? {
            return Ok(reply);
        }
        let mut active = self.check_call(&call)?;
        let id = RunId(self.engine.ids.next(self.now()));
        // The action waits for the customer's earlier events, and runs beside none of them: two decisions about one
        // customer at the same time could both allow what only one may.
        let _lock = match call.customer {
            None => None,
            Some(customer) => {
                self.customer(customer)?;
                let lock = self.dispatcher.lock_customer(customer);
                Some(lock.map_err(|error| match error {
                    LockError::Stopped => Error::Stopped,
                    LockError::Busy => Error::Limited {
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
            match act(&self.engine, &active, &call, id, named) {
                // Another version was installed meanwhile, and is called instead.
                Err(Error::Store(StoreError::Conflict(Precondition::Installation { .. }))) => {
                    self.engine.reload_plugins()?;
                    active = self.check_call(&call)?;
                }
                Err(Error::Store(StoreError::Conflict(_))) => {}
                other => return other,
            }
            // The conflict may be the same call, sent twice at once.
            if let Some(reply) = answered(&self.engine, named)? {
                return Ok(reply);
            }
        }
        Err(Error::Conflict {
            what: "action",
            problem: "what it works on changes all the time: call it again".to_owned(),
        })
    }

    fn check_call(&self, call: &ActionCall) -> Result<Arc<Active>, Error> {
        let plugins = self.engine.plugins();
        let active = plugins
            .get(&call.plugin)
            .ok_or_else(|| Error::not_found("plugin", &call.plugin))?;
        let refused = match active.installation.state {
            InstallationState::Enabled => None,
            InstallationState::Quarantined
                if active
                    .admission
                    .may_be_tried(&active.installation, self.now()) =>
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

/// The records that an action works on.
enum Basis {
    Customer(Box<Snapshot>),
    /// For an action about no customer: the plugin's own memory.
    Plugin(Memory),
}

/// Returns the SHA-256 of a call.
fn digest(call: &ActionCall) -> [u8; 32] {
    let asked = json!([call.plugin, call.action, call.customer, call.input]);
    Digest::of(asked.to_string().as_bytes()).0
}

/// The name of a call and its digest.
type Named = (Uuid, [u8; 32]);

/// Returns the reply that a named call got before.
fn answered(engine: &Engine, named: Option<Named>) -> Result<Option<ActionReply>, Error> {
    let Some((name, asked)) = named else {
        return Ok(None);
    };
    match engine.store.idempotency_record(name)? {
        Some(answer) if answer.asked == asked => Ok(Some(answer.reply)),
        Some(_) => Err(Error::Duplicate {
            what: "call",
            id: name.to_string(),
        }),
        None => Ok(None),
    }
}

/// Runs an action once, and commits its effects.
fn act(
    engine: &Arc<Engine>,
    active: &Arc<Active>,
    call: &ActionCall,
    id: RunId,
    named: Option<Named>,
) -> Result<ActionReply, Error> {
    let now = engine.clock.now();
    let permit =
        admit(engine, active, admission::Caller::Action).map_err(|rejection| Error::Limited {
            plugin: call.plugin.clone(),
            problem: rejection.words(),
            retry_after: rejection.retry_after(),
        })?;
    let (basis, view) = basis(engine, active, call, id, now)?;
    let memories = basis.memories(&call.plugin);
    let mut records = StoredRecords(engine);
    let plugin_call = PluginCall {
        active,
        run: id,
        customer: call.customer,
        started_at: now,
        attempt: 1,
        view: Arc::new(view),
        memories: memories.clone(),
        hook: Hook::Action {
            action: &call.action,
            input: &call.input,
        },
    };
    let run = perform(engine, &records, &plugin_call, Mode::Live(permit))?;
    let nobody = DeskView::default();
    let (customer, desk) = match &basis {
        Basis::Customer(snapshot) => (Some(&snapshot.data.customer), &snapshot.data.desk),
        Basis::Plugin(_) => (None, &nobody),
    };
    let context = EffectContext {
        customer,
        desk,
        now,
        decided_at: now,
        event: None,
        depth: 0,
    };
    let mut runs = [run];
    let mut changeset = Changeset::new();
    conclude(
        &engine.policy,
        &mut records,
        &context,
        |_| memories.clone(),
        &mut runs,
        &mut changeset,
    )?;
    let [run] = runs;
    let (failure, output) = (run.failure.clone(), run.output.clone());
    run.record(&mut changeset);
    let reply = ActionReply {
        output: output.unwrap_or(Json::Null),
        run: id,
    };
    if let Some((name, asked)) = named.filter(|_| failure.is_none()) {
        changeset.expect(Precondition::IdempotencyKeyAbsent(name));
        changeset.push(Change::PutIdempotencyRecord(IdempotencyRecord {
            name,
            asked,
            customer: call.customer,
            reply: reply.clone(),
            at: now,
        }));
    }
    engine.commit(changeset)?;
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
    engine: &Engine,
    active: &Arc<Active>,
    call: &ActionCall,
    id: RunId,
    now: Timestamp,
) -> Result<(Basis, PluginView), Error> {
    let zone = &engine.config.time_zone;
    let Some(customer) = call.customer else {
        let memory = engine.store.memory(&call.plugin, None)?;
        let view = without_customer(zone, now, active, id, &memory);
        return Ok((Basis::Plugin(memory), view));
    };
    let moment = AsOf {
        customer,
        now,
        date: None,
        as_of: None,
        seed: EventId(id.0),
    };
    let snapshot = Snapshot::load(&*engine.store, zone, moment, std::slice::from_ref(active))?
        .ok_or_else(|| engine.no_customer(customer))?;
    let view = snapshot.view(active);
    Ok((Basis::Customer(Box::new(snapshot)), view))
}

impl Basis {
    /// Returns the plugin's memory of the customer and its own.
    fn memories(&self, plugin: &InstallationId) -> (Memory, Memory) {
        match self {
            Basis::Customer(snapshot) => snapshot.memory(plugin),
            Basis::Plugin(memory) => (Memory::default(), memory.clone()),
        }
    }
}
