//! `/v1/customers`

use axum::Json;
use axum::extract::{Extension, OriginalUri, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;

use super::openapi::{ListErrors, PreconditionErrors, ReadErrors, WriteErrors};
use crate::extract::access::forbidden;
use crate::extract::auth::{ActingHost, Key};
use crate::extract::problem::{Problem, ProblemKind};
use crate::extract::{Body, Id, Query, page};
use crate::{App, blocking};
use regulars::error::Error;
use regulars::host::{Host, NewCustomer};
use regulars::model::*;
use regulars::store::CustomerQuery;

/// A filter for customers. All given conditions must match.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CustomerFilter {
    /// Words, or prefixes of words, in the names.
    search: Option<String>,
    tag: Option<String>,
    level: Option<Level>,
    /// Only customers with this email address. At most one of `email`, `tel` and `external` is allowed.
    email: Option<String>,
    /// Only customers with this telephone number.
    tel: Option<String>,
    /// Only customers with this external id, such as a membership card.
    external: Option<String>,
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// `next` of the previous page.
    #[param(value_type = Option<String>, pattern = "^[0-9a-f]{1,16}[.][0-9a-f]{1,16}$")]
    after: Option<Cursor>,
}

impl CustomerFilter {
    fn query(self) -> Result<CustomerQuery, Problem> {
        let contact = match (self.email, self.tel, self.external) {
            (Some(email), None, None) => Some((ContactKind::Email, email)),
            (None, Some(tel), None) => Some((ContactKind::Tel, tel)),
            (None, None, Some(external)) => Some((ContactKind::External, external)),
            (None, None, None) => None,
            _ => {
                let detail = "too many filters: expected at most one of email, tel and external";
                return Err(Problem::new(ProblemKind::InvalidParameter, detail).at("email"));
            }
        };
        Ok(CustomerQuery {
            search: self.search,
            tag: self.tag,
            level: self.level,
            contact,
        })
    }
}

/// Lists customers
///
/// Newest first. Keys with the scope `app` must name a contact point.
#[utoipa::path(
    get, path = "/v1/customers", operation_id = "listCustomers", tag = "customers",
    params(CustomerFilter),
    responses((status = 200, description = "One page", body = Page<Customer>), ListErrors),
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(key): Extension<Key>,
    Query(filter): Query<CustomerFilter>,
) -> Result<Json<Page<Customer>>, Problem> {
    let page = page(filter.limit, filter.after)?;
    let query = filter.query()?;
    // A stolen till key must not reveal the whole customer list.
    if query.contact.is_none() && !key.has_scope(&KeyScope::Staff) {
        let mut problem = forbidden(&key, &["staff"]);
        problem.detail += "; or filter by one of email, tel and external";
        return Err(problem);
    }
    blocking(&app.host, move |host| host.customers(&query, page))
        .await
        .map(Json)
}

/// Creates a customer
///
/// With an `id`, a repeated identical request succeeds and creates nothing.
#[utoipa::path(
    post, path = "/v1/customers", operation_id = "createCustomer", tag = "customers",
    request_body(content = NewCustomer, example = json!({
        "display_name": "Ada Lovelace", "given_name": "Ada", "birthday": "--12-10", "level": "medium",
        "contact_points": [{ "kind": "external", "value": "4711", "label": "membership-card" }],
    })),
    responses(
        (status = 201, description = "Created", body = Customer, headers(
            ("location" = String, description = "URL of the customer"), ("etag" = String, description = "The version"),
        )),
        (status = 200, description = "Already exists with the same content", body = Customer,
            headers(("etag" = String, description = "The version"))),
        WriteErrors,
    ),
)]
pub(super) async fn create(
    State(app): State<App>,
    Extension(key): Extension<Key>,
    OriginalUri(uri): OriginalUri,
    Body(new): Body<NewCustomer>,
) -> Result<impl IntoResponse, Problem> {
    if new.level > Level::Low && !key.has_scope(&KeyScope::Staff) {
        return Err(cannot_raise(&key));
    }
    let (customer, existed) = blocking(&app.host, move |host| {
        let existed = new.id.is_some_and(|id| host.customer(id).is_ok());
        host.create_customer(new)
            .map(|customer| (customer, existed))
    })
    .await?;
    let status = if existed {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    // The original path, since the router may be nested under another.
    let location = format!("{}/{}", uri.path().trim_end_matches('/'), customer.id);
    Ok((
        status,
        [
            (header::LOCATION, location),
            (header::ETAG, etag(&customer)),
        ],
        Json(customer),
    ))
}

/// Returns a customer
#[utoipa::path(
    get, path = "/v1/customers/{id}", operation_id = "getCustomer", tag = "customers",
    params(("id" = CustomerId, Path)),
    responses(
        (status = 200, description = "The customer", body = Customer, headers(("etag" = String, description = "The version"))),
        ReadErrors,
    ),
)]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id<CustomerId>,
) -> Result<impl IntoResponse, Problem> {
    let customer = app.host.customer(id)?;
    Ok(([(header::ETAG, etag(&customer))], Json(customer)))
}

/// Updates a customer
///
/// Absent members stay unchanged, null members are cleared. With `If-Match`, the update succeeds only if the
/// record has not changed since. Only the customer and staff can raise the level: a key with only the scope
/// `app` may lower it.
#[utoipa::path(
    patch, path = "/v1/customers/{id}", operation_id = "updateCustomer", tag = "customers",
    params(
        ("id" = CustomerId, Path),
        ("if-match" = Option<String>, Header, pattern = "^([*]|\"[0-9]{1,18}\")$", description = "The `etag` on which the change is based: `\"3\"`"),
    ),
    request_body(content = CustomerPatch, example = json!({ "level": "high", "time_zone": null })),
    responses(
        (status = 200, description = "Changed", body = Customer, headers(("etag" = String, description = "The version"))),
        WriteErrors,
        PreconditionErrors,
    ),
)]
pub(super) async fn update(
    ActingHost(host): ActingHost,
    Extension(key): Extension<Key>,
    Id(id): Id<CustomerId>,
    headers: HeaderMap,
    Body(patch): Body<CustomerPatch>,
) -> Result<impl IntoResponse, Problem> {
    let version = if_match(&headers)?;
    let raises = key.has_scope(&KeyScope::Staff);
    let customer = blocking(&host, move |host| match patch.level.filter(|_| !raises) {
        Some(level) => update_without_raising(host, id, level, &patch, version),
        None => host.update_customer(id, &patch, version).map(Some),
    })
    .await;
    let customer = customer.and_then(|changed| changed.ok_or_else(|| cannot_raise(&key)));
    let customer = customer.map_err(|problem| match (problem.kind, version) {
        (ProblemKind::Conflict, Some(_)) => {
            Problem::new(ProblemKind::VersionMismatch, problem.detail).at("if-match")
        }
        _ => problem,
    })?;
    Ok(([(header::ETAG, etag(&customer))], Json(customer)))
}

/// Updates the record unless that raises its level. Returns `None` if it would.
fn update_without_raising(
    host: &Host,
    id: CustomerId,
    level: Level,
    patch: &CustomerPatch,
    version: Option<u64>,
) -> Result<Option<Customer>, Error> {
    loop {
        let stored = host.customer(id)?;
        if level > stored.level {
            return Ok(None);
        }
        // The version that was checked is the one that is changed.
        let seen = version.unwrap_or(stored.version);
        match host.update_customer(id, patch, Some(seen)) {
            Err(Error::Conflict { .. }) if version.is_none() => {}
            other => return other.map(Some),
        }
    }
}

fn cannot_raise(key: &Key) -> Problem {
    let refused = forbidden(key, &["staff"]);
    Problem {
        detail: format!(
            "cannot raise the level: only staff and the customer, in the portal, can: {}",
            refused.detail
        ),
        ..refused
    }
}

fn etag(customer: &Customer) -> String {
    format!("\"{}\"", customer.version)
}

fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let version = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"')?.parse().ok());
    version.map(Some).ok_or_else(|| {
        Problem::new(
            ProblemKind::InvalidParameter,
            "invalid if-match: expected one etag of this customer, such as \"3\"",
        )
        .at("if-match")
    })
}
