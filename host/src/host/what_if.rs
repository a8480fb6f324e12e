use super::Host;
use crate::error::Error;
use crate::model::*;
use crate::policy::{Candidate, ProposalId};

/// A message to decide about, without a plugin.
#[derive(Debug, Clone)]
pub struct WhatIf {
    pub message: MessageProposal,
    /// The time of the decision.
    pub at: Timestamp,
    /// For `service`: the time of the customer's act that it answers.
    pub cause_at: Option<Timestamp>,
}

impl Host {
    /// Returns the policy's decision about a message at some time, as things stand now. Nothing is written, and no
    /// customer is contacted.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Erased`].
    pub fn what_if(&self, customer: CustomerId, what: &WhatIf) -> Result<Decision, Error> {
        let no_customer = || self.engine.no_customer(customer);
        let found = self.engine.outreach(customer, what.at, None)?;
        let (customer, known) = found.ok_or_else(no_customer)?;
        let effect = Effect::Message(what.message.clone());
        let Ok(nobody) = "nobody".parse::<InstallationId>() else {
            unreachable!("it is such an id")
        };
        let candidate = Candidate {
            id: ProposalId {
                run: RunId(uuid::Uuid::nil()),
                index: 0,
            },
            installation: &nobody,
            priority: 0,
            effect: &effect,
            cause_at: what.cause_at,
            service_granted: true,
            fingerprint: None,
            prior: None,
        };
        Ok(self
            .engine
            .decide_one(what.at, &customer, &known, candidate))
    }

    /// Returns the host's policy, with its channels.
    pub fn policy(&self) -> &crate::policy::Policy {
        &self.engine.policy
    }
}
