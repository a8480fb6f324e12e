//! `/openapi.json`: OpenAPI 3.1, from the same source as the routes, with every installed action.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{OriginalUri, State};
use axum::http::{Extensions, HeaderMap, header};
use axum::response::Response;
use serde_json::{Value, json};
use utoipa::openapi::response::{Response as Described, ResponseBuilder};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr,
};
use utoipa::{IntoResponses, PartialSchema};

use super::actions;
use super::embed;
use crate::http::extract::auth::{Key, authenticate};
use crate::http::{App, Problem};
use crate::model::{Installation, InstallationState};

/// The responses that a problem can have: status, name, what it means.
const PROBLEMS: &[(&str, &str, &str)] = &[
    (
        "400",
        "BadRequest",
        "A parameter, a header or an id that cannot be read, or a body that is not JSON",
    ),
    (
        "401",
        "Unauthorized",
        "No key, or one that this host does not know",
    ),
    (
        "403",
        "Forbidden",
        "The key’s scope does not open this: `allowed` lists those that would",
    ),
    ("404", "NotFound", "There is no such thing"),
    ("408", "TooSlow", "The body came too slowly"),
    (
        "409",
        "Conflict",
        "The id is taken, or the state does not allow this any more",
    ),
    (
        "410",
        "Gone",
        "The customer was erased: nothing is kept under this id any more",
    ),
    (
        "412",
        "PreconditionFailed",
        "It was changed in the meantime",
    ),
    ("413", "TooLarge", "The body is too large"),
    (
        "415",
        "UnsupportedMediaType",
        "The body has the wrong content type",
    ),
    (
        "422",
        "Unprocessable",
        "A field is unknown, missing or wrong: `field` says which",
    ),
    ("431", "HeadersTooLarge", "The headers are too large"),
    (
        "429",
        "TooMany",
        "Too much at once, or the plugin has used what it may for now: `retry-after` says when to send it again",
    ),
    ("500", "Internal", "The host failed"),
    (
        "502",
        "PluginFailed",
        "The plugin failed: `run` says in which run",
    ),
    (
        "503",
        "Unavailable",
        "The host is stopping or its storage takes nothing: try again",
    ),
    ("507", "StorageFull", "The disk is full"),
];

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = [$($status:literal),*];)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Described>> {
                named(&[$($status),*])
            }
        }
    )*};
}

errors! {
    /// What can go wrong without a key.
    OpenErrors = ["500", "503"];
    /// What can go wrong with a list.
    ListErrors = ["400", "401", "500", "503"];
    /// What can go wrong with one thing.
    ReadErrors = ["400", "401", "404", "410", "500", "503"];
    /// What can go wrong with a change that has no body.
    ChangeErrors = ["400", "401", "404", "409", "410", "422", "500", "503", "507"];
    /// What can go wrong with a change that has one.
    WriteErrors = ["400", "401", "404", "408", "409", "410", "413", "415", "422", "500", "503", "507"];
    /// What can go wrong where something must be so beforehand.
    StateErrors = ["409"];
    /// What can go wrong in a plugin.
    ActionErrors = ["429", "502"];
    /// What can go wrong with `If-Match`.
    PreconditionErrors = ["412"];
}

fn named(statuses: &[&str]) -> BTreeMap<String, RefOr<Described>> {
    PROBLEMS
        .iter()
        .filter(|(status, ..)| statuses.contains(status))
        .map(|(status, name, _)| {
            (
                (*status).to_owned(),
                RefOr::Ref(Ref::from_response_name(*name)),
            )
        })
        .collect()
}

/// The document before the routes are in it.
pub(crate) fn base() -> OpenApi {
    let mut components = ComponentsBuilder::new()
        .schema("Problem", Problem::schema())
        .security_scheme(
            "key",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        );
    for (_, name, description) in PROBLEMS {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("Problem")))
            .build();
        let response = ResponseBuilder::new()
            .description(*description)
            .content("application/problem+json", content);
        components = components.response(*name, response.build());
    }
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Regulars")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "Customers, what passed between them and the business, and what plugins propose about it. \
                     Lists come in pages: give `next` back as `after`. Refusals are RFC 9457 problem details \
                     whose `field` names what is wrong.",
                )),
        )
        .components(Some(components.build()))
        .security(Some([SecurityRequirement::new("key", Vec::<String>::new())]))
        .build()
}

/// The document with its routes, as JSON.
pub(crate) fn finish(api: &OpenApi) -> Value {
    let mut document = serde_json::to_value(api).unwrap_or_default();
    document["components"]["schemas"]["Manifest"] = embed::at(
        "#/components/schemas/Manifest",
        &regulars_manifest::json_schema(),
    );
    document["components"]["schemas"]["Problem"]["properties"]["instance"] = json!({
        "type": "string",
        "description": "The request, as the header `x-request-id` and the log name it.",
    });
    let operations = document["paths"].as_object_mut().into_iter();
    let operations =
        operations.flat_map(|paths| paths.values_mut().filter_map(Value::as_object_mut));
    for operation in operations.flat_map(|operations| operations.values_mut()) {
        if let Some(parameters) = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
        {
            parameters.iter_mut().for_each(never_null);
        }
    }
    document
}

/// A parameter is text: one that may be left out is not `null` where it is there.
fn never_null(parameter: &mut Value) {
    let Some(types) = parameter.pointer_mut("/schema/type") else {
        return;
    };
    let known: Vec<&Value> = types
        .as_array()
        .map(|types| types.iter().filter(|it| *it != "null").collect())
        .unwrap_or_default();
    if let [only] = known[..] {
        *types = only.clone();
    }
}

/// Describe this API
///
/// OpenAPI 3.1. With a key that opens actions, there is a path for each of those of the plugins that
/// are switched on.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "getOpenApi", tag = "host", security(()),
    responses((status = 200, description = "An OpenAPI document", body = Object)),
)]
pub(crate) async fn document(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<Json<Value>, Response> {
    // What is installed is nobody's business who has no key.
    let key = match headers
        .get(header::AUTHORIZATION)
        .is_some_and(|it| !it.is_empty())
    {
        true => Some(authenticate(&app, &headers, &extensions).map_err(|refused| *refused)?),
        false => None,
    };
    let mut document = Value::clone(&app.document);
    // Where the router is nested, its paths begin there.
    if let Some(prefix) = uri
        .path()
        .strip_suffix("/openapi.json")
        .filter(|prefix| !prefix.is_empty())
    {
        document["servers"] = json!([{ "url": prefix }]);
    }
    for installation in app.host.installations() {
        let opens = |key: &Key| !key.callers(&installation.id).is_empty();
        if installation.state == InstallationState::Enabled && key.as_ref().is_some_and(opens) {
            add_actions(&mut document, &installation);
        }
    }
    Ok(Json(document))
}

/// A path for each action, with its own schemas.
fn add_actions(document: &mut Value, installation: &Installation) {
    let plugin = &installation.id;
    for action in &installation.manifest.actions {
        let mut put = |part: &str, schema: &Value| {
            let name = format!("action.{plugin}.{}.{part}", action.id);
            let place = format!("#/components/schemas/{name}");
            document["components"]["schemas"][name] = embed::at(&place, schema);
            json!({ "$ref": place })
        };
        let (input, output) = (put("input", &action.input), put("output", &action.output));
        let mut required = Vec::new();
        if action.customer {
            required.push("customer");
        }
        if action
            .input
            .get("required")
            .and_then(Value::as_array)
            .is_some_and(|names| !names.is_empty())
        {
            required.push("input");
        }
        // Who is not asked for may be left out, or null.
        let customer = if action.customer {
            json!("string")
        } else {
            json!(["string", "null"])
        };
        let body = json!({
            "type": "object",
            "required": required,
            "properties": { "customer": { "type": customer, "format": "uuid" }, "input": input },
            "additionalProperties": false,
        });
        let reply = json!({
            "type": "object",
            "required": ["output", "run"],
            "properties": { "output": output, "run": { "type": "string", "format": "uuid" } },
        });
        let mut scopes = vec!["admin".to_owned()];
        for caller in actions::callers(&action.callers) {
            let of_caller = actions::scopes(caller).into_iter();
            scopes.extend(of_caller.map(|scope| scope.replace("<id>", plugin.as_str())));
        }
        let security: Vec<Value> = scopes
            .iter()
            .map(|scope| json!({ "key": [scope] }))
            .collect();
        let description = format!("{}\n\nScope: {}.", action.summary, scopes.join(", "));
        let path = format!("/v1/plugins/{plugin}/actions/{}", action.id);
        let general = &document["paths"]["/v1/plugins/{id}/actions/{action}"]["post"]["responses"];
        let mut responses = general.clone();
        responses["200"] = json!({
            "description": "What it answered",
            "content": { "application/json": { "schema": reply } },
        });
        document["paths"][path] = json!({ "post": {
            "operationId": format!("act.{plugin}.{}", action.id),
            "tags": ["actions"],
            "summary": action.title,
            "description": description,
            "security": security,
            "requestBody": { "required": true, "content": { "application/json": { "schema": body } } },
            "responses": responses,
        }});
    }
}
