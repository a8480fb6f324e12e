//! The action `next`.

use regulars_sdk::{Context, Date, Failure, Reply};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::greeting::lately;
use crate::{Settings, consider};

#[derive(Deserialize, JsonSchema)]
pub struct NextInput {}

/// What is ahead, as things stand today.
#[derive(Serialize, JsonSchema)]
pub struct Next {
    /// The day the next birthday is kept on, `YYYY-MM-DD`; null where no birthday is known.
    date: Option<String>,
    in_days: Option<i64>,
    would_greet: bool,
    why: String,
}

pub fn act(cx: &Context, NextInput {}: &NextInput) -> Result<Reply, Failure> {
    let birthday = cx.customer()?.birthday;
    let Some(date) = birthday.and_then(|it| it.next_from(cx.today)) else {
        let why = "no birthday is known".to_owned();
        return Reply::new(&Next {
            date: None,
            in_days: None,
            would_greet: false,
            why,
        });
    };
    let settings: Settings = cx.settings()?;
    let (would_greet, why) = match consider(cx, &settings, date.year) {
        Ok(contacts) => (true, lately(cx, &settings, &contacts)),
        Err(why) => (false, why),
    };
    Reply::new(&Next {
        date: Some(Date::to_string(&date)),
        in_days: Some(cx.today.days_until(date)),
        would_greet,
        why,
    })
}
