use std::borrow::Cow;

use super::route_option::RouteOption;
use super::{Outreach, verdict};
use regulars_model::{ContactKind, Verdict, VerdictOutcome};

/// Allows only channels that the customer chose and that reach them.
pub(super) fn judge(outreach: &Outreach<'_>, option: &RouteOption<'_>) -> Option<Verdict> {
    let denied = |detail: Cow<'static, str>| verdict("channel", VerdictOutcome::Deny, detail);
    let Some(offered) = option.offered else {
        return denied(match option.named {
            None => "It names no channel: a message names at least one, such as “desk” or “email”."
                .into(),
            Some(named) => format!(
                "This host has no channel “{}”; it can be set up in the file of channels.",
                regulars_model::text::line(named, 40)
            )
            .into(),
        });
    };
    let wanted = outreach.known.channels.as_ref();
    if wanted.is_some_and(|wanted| !wanted.contains(&offered.name)) {
        return denied(
            "The customer does not want to hear from you this way; only they can change that."
                .into(),
        );
    }
    match (offered.reaches, option.point) {
        (None, _) => verdict(
            "channel",
            VerdictOutcome::Allow,
            "It is there, and needs no contact point.",
        ),
        (Some(kind), None) => denied(
            match kind {
                ContactKind::Email => "No email address of this customer is known; adding one would allow it.",
                ContactKind::Tel => "No telephone number of this customer is known; adding one would allow it.",
                ContactKind::External => "No number of this customer's at another service is known; adding one would allow it.",
            }
            .into(),
        ),
        (Some(_), Some(point)) if point.bounced => denied(
            "What was sent there came back for good; entering the contact point again, or another, would allow it.".into(),
        ),
        _ => verdict(
            "channel",
            VerdictOutcome::Allow,
            "It is there, and reaches this customer.",
        ),
    }
}
