//! The customer's own page, over real HTTP and in a real browser.

mod browser;
mod erase;
mod forms;
mod links;
mod page;
mod unsubscribe;

use std::path::Path;

use regulars::model::*;
use regulars::store::PageRequest;
use regulars_server::Limits;
use serde_json::json;

use crate::outreach::post::Post;
use crate::outreach::sending;
use crate::served::{Answer, Served};
use crate::world::World;

/// A host that sends by email, served, and a customer to whom it wrote.
pub struct Visit {
    pub served: Served,
    pub post: Post,
    pub ada: Customer,
    /// The path of her page.
    pub page: String,
}

impl Visit {
    pub fn new() -> Visit {
        Visit::of(
            "Ada Lovelace",
            json!({ "subject": "Well done", "topic": "yoga" }),
        )
    }

    /// With a plugin that writes as these settings say.
    pub fn of(name: &str, settings: Json) -> Visit {
        let mut limits = Limits::default();
        // The clock stands still.
        (limits.rate, limits.page_rate) = (None, None);
        Visit::with(name, settings, limits)
    }

    pub fn with(name: &str, settings: Json, limits: Limits) -> Visit {
        let post = Post::new();
        let world = sending("", &post);
        world.messenger("care", settings);
        let ada = world.reachable("Ada Lovelace", Level::Medium);
        let patch = CustomerPatch {
            display_name: Some(Some(name.to_owned())),
            given_name: Some(Some(name.to_owned())),
            topics: Some(["yoga".to_owned()].into()),
            ..CustomerPatch::default()
        };
        let ada = world.host.update_customer(ada.id, &patch, None).unwrap();
        world.record(ada.id, "visit");
        let page = path_of(&world.host.page_link(ada.id).unwrap().url);
        let served = Served::with(world, limits);
        Visit {
            served,
            post,
            ada,
            page,
        }
    }

    pub fn world(&self) -> &World {
        &self.served.world
    }

    /// Sends a request without a key.
    pub fn get(&self, path: &str) -> Answer {
        let path = format!("{}{path}", self.page);
        self.served
            .send("GET", &path, None, &[("authorization", "")])
    }

    /// Sends a form, and looks at the answer without following it.
    pub fn submit(&self, form: &str, body: &str) -> Answer {
        submit(&self.served, &format!("{}/{form}", self.page), body)
    }

    /// Sends a form that is accepted, and gives the page that the browser is led to.
    pub fn save(&self, form: &str, body: &str) -> String {
        let answer = self.submit(form, body);
        assert_eq!(answer.status, 303, "{}", answer.text);
        let place = answer.headers["location"].to_str().unwrap();
        let token = self.page.strip_prefix("/my/").unwrap();
        let query = place.strip_prefix(&format!("../{token}")).unwrap();
        let page = self.get(query);
        assert_eq!(page.status, 200);
        assert!(page.text.contains("role=\"status\""), "{}", page.text);
        page.text
    }

    pub fn customer(&self) -> Customer {
        self.world().host.customer(self.ada.id).unwrap()
    }

    pub fn preferences(&self) -> Preferences {
        self.world().host.preferences(self.ada.id).unwrap()
    }

    /// The customer's choices in the audit, oldest first.
    pub fn chosen(&self) -> Vec<Json> {
        let acts = self.world().host.audit(PageRequest::first(100)).unwrap();
        let own = acts.items.into_iter().rev().filter(|entry| {
            let by = Actor::Customer { id: self.ada.id };
            assert_eq!(entry.act == Act::CustomerChose, entry.actor == by);
            entry.act == Act::CustomerChose
        });
        own.map(|entry| entry.details).collect()
    }
}

pub fn submit(served: &Served, path: &str, body: &str) -> Answer {
    let form = ("content-type", "application/x-www-form-urlencoded");
    served.send("POST", path, Some(body), &[form, ("authorization", "")])
}

/// Without scheme and host.
pub fn path_of(url: &str) -> String {
    let rest = url.split_once("://").unwrap().1;
    rest[rest.find('/').unwrap()..].to_owned()
}

/// Every byte of the database, its journal included.
pub fn bytes(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = ["crm.db", "crm.db-wal"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), std::fs::read(dir.join(name)).ok()?)))
        .collect();
    files.sort();
    files
}
