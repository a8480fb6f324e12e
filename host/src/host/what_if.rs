use super::Host;
use crate::error::Error;
use crate::model::*;
use crate::policy::{Candidate, ProposalId};

/// A message that nobody proposed.
#[derive(Debug, Clone)]
pub struct WhatIf {
    pub message: MessageProposal,
    /// When it would be decided.
    pub at: Timestamp,
    /// For `service`: when the customer did what it answers to.
    pub cause_at: Option<Timestamp>,
}

impl Host {
    /// What the policy would say of a message to a customer at some time, as things stand now. Nothing is
    /// written, and nobody is contacted.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Erased`].
    pub fn what_if(&self, customer: CustomerId, what: &WhatIf) -> Result<Decision, Error> {
        let no_customer = || self.core.no_customer(customer);
        let found = self.core.outreach(customer, what.at, None)?;
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
        Ok(self.core.decide_one(what.at, &customer, &known, candidate))
    }

    /// The policy that this host decides by, with the channels that it has.
    pub fn policy(&self) -> &crate::policy::Policy {
        &self.core.policy
    }
}
