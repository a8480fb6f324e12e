//! The pages that the host serves to people. So far that is the customer portal.
//!
//! Pages are plain HTML, rendered on the server: no scripts, no external resources, no cookies. Anyone with
//! the link can open the page. Cross-site requests cannot forge a form post: the token is in the path, and
//! browsers send nothing by themselves, so an attacker would need the link.
//!
//! The pages are not part of the OpenAPI document. `/v1/customers/{id}/page-link` creates a link.

mod auth;
mod choices;
mod consents;
mod data;
mod download;
mod erase;
mod form;
mod layout;
mod messages;
mod plugin_data;
mod portal;
pub mod qr;
mod unsubscribe;
mod words;

pub(crate) use portal::routes;
