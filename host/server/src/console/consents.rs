//! The consents form: the customer's consents for each kind of contact point.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::form::{Choice, Fields};
use super::portal::{FormResult, PageContext};
use super::words;
use regulars::host::Portal;
use regulars::model::*;
use regulars::sentences as say;

/// The kinds of contact points that can receive messages.
const KINDS: [(ContactKind, &str); 2] = [
    (ContactKind::Email, say::consents_email()),
    (ContactKind::Tel, say::consents_phone()),
];

pub(super) fn consents(context: &PageContext<'_>) -> Markup {
    let contents = context.contents;
    let has = |kind| contents.points.iter().any(|held| held.point.kind == kind);
    let kinds: Vec<_> = KINDS.into_iter().filter(|(kind, _)| has(*kind)).collect();
    html! {
        @if !kinds.is_empty() {
            section aria-labelledby="consents" {
                h2 id="consents" { (say::consents_title()) }
                p { (say::consents_intro()) }
                form method="post" action=(context.path("consents")) {
                    @for (kind, legend) in &kinds {
                        @let name = kind.as_str();
                        fieldset {
                            legend { (legend) }
                            input type="hidden" name="kind" value=(name);
                            @for (index, purpose) in Purpose::ALL.into_iter().enumerate() {
                                @let said = contents.consents.get(&(*kind, purpose));
                                (Choice {
                                    kind: "checkbox", id: format!("{name}-{index}"), name,
                                    value: purpose.as_str(), chosen: is_given(said, purpose),
                                    label: words::purpose(purpose),
                                    means: (said.is_none() && purpose != Purpose::Service)
                                        .then_some(say::consents_unknown()),
                                })
                            }
                        }
                    }
                    button type="submit" { (say::consents_save()) }
                }
            }
        }
    }
}

/// Service messages need no consent. A withdrawn consent ends them.
fn is_given(said: Option<&ConsentState>, purpose: Purpose) -> bool {
    match said {
        Some(state) => *state == ConsentState::Given,
        None => purpose == Purpose::Service,
    }
}

pub(super) fn set_consents(page: &Portal, fields: &Fields) -> FormResult {
    let offered = fields.set("kind");
    let mut kinds = BTreeSet::new();
    let mut given = BTreeSet::new();
    for (kind, _) in KINDS {
        let name = kind.as_str();
        // The page did not show this kind, so nothing was decided about it.
        if !offered.contains(name) {
            continue;
        }
        kinds.insert(kind);
        let ticked = fields.set(name);
        let ticked = Purpose::ALL
            .into_iter()
            .filter(|it| ticked.contains(it.as_str()));
        given.extend(ticked.map(|purpose| (kind, purpose)));
    }
    page.set_consents(&kinds, &given).map(|()| Ok("consents"))
}
