use regulars_sdk::history::{self, Filter};
use regulars_sdk::{
    Closed, Context, Effects, Failure, Scope, Suggestion, Task, instant, memory, remember,
};

use crate::words::{clip, heard_by, some};
use crate::{REMARK, Settings, TELL};

/// What became of it, for the one who heard it and for the customer.
pub fn tell(cx: &Context, settings: &Settings, closed: &Closed) -> Result<Effects, Failure> {
    let Some(id) = closed
        .group_key
        .as_deref()
        .and_then(|key| key.strip_prefix(REMARK))
    else {
        return Ok(Effects::none());
    };
    let told = format!("told:{id}");
    if memory::get::<bool>(Scope::Customer, &told).is_some() {
        return Ok(Effects::none());
    }
    let feedback = history::recent(Filter::kind("feedback"))
        .into_iter()
        .find(|it| it.id == id);
    let remark = feedback
        .as_ref()
        .and_then(|it| it.text())
        .unwrap_or(&closed.title);
    let name = cx.customer()?.name_or("the customer");
    let note = closed
        .note
        .as_deref()
        .and_then(some)
        .map_or(String::new(), |it| format!(": {it}"));
    let by = closed.closed_by.as_deref().and_then(some);
    let by = by.map_or(String::new(), |who| format!(" by {who}"));
    let became = format!(
        "“{}” was closed as {}{by}{note}",
        clip(remark, 300),
        closed.outcome
    );

    let hearer = feedback.as_ref().and_then(heard_by);
    let role = hearer
        .as_deref()
        .or(some(&settings.desk_role))
        .unwrap_or("desk");
    let back = Task::new(
        role,
        format!("Tell {role} what became of “{}”", clip(remark, 60)),
    )
    .body(format!(
        "{became}. Thank you for passing on what {name} said."
    ))
    .due(instant::hours_after(cx.now, settings.tell_hours))
    .group_key(format!("{TELL}{id}"))
    .because(
        format!("{role} passed it on, and it has been dealt with."),
        [id],
    );
    let title = match closed.outcome.as_str() {
        "done" => format!("You said, we did: tell {name}"),
        _ => format!("You said, we looked into it: tell {name}"),
    };
    let card = Suggestion::new(title)
        .body(format!("{became}."))
        .because("They said it, and have not heard what became of it.", [id]);
    Ok(Effects::from(back)
        .and(card)
        .and(remember(Scope::Customer, told, &true)))
}
