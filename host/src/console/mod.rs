//! The pages that this host serves to people, of which there is one: the customer's own.
//!
//! It is plain HTML, made here and whole when it arrives: no script, nothing from elsewhere, no cookie. Whoever
//! has the link has the page. Since the token stands in the path and nothing is sent by the browser of its own
//! accord, no other site can have a form posted in a customer's name: it would have to know the link.
//!
//! The pages are for people and are not in the OpenAPI document; a link to one is made by
//! `/v1/customers/{id}/page-link`, which is.

mod agreed;
mod choices;
mod download;
mod erase;
mod form;
mod inferred;
mod kept;
mod layout;
mod messages;
mod opening;
mod own_page;
pub(crate) mod qr;
mod unsubscribe;
mod words;

pub(crate) use own_page::routes;
