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
use crate::extract::auth::{Key, authenticate};
use crate::{App, Problem};
use regulars::model::{Installation, InstallationState};

/// The error responses: status, name, description.
const PROBLEMS: &[(&str, &str, &str)] = &[
    (
        "400",
        "BadRequest",
        "Invalid parameter, header or id, or malformed JSON",
    ),
    ("401", "Unauthorized", "Missing or invalid key"),
    (
        "403",
        "Forbidden",
        "Insufficient scope: `allowed` lists the required scopes",
    ),
    ("404", "NotFound", "Not found"),
    ("408", "TooSlow", "Request body timed out"),
    (
        "409",
        "Conflict",
        "Id already in use, or conflict with the current state",
    ),
    (
        "410",
        "Gone",
        "Customer was erased: the id accepts no more data",
    ),
    ("412", "PreconditionFailed", "Modified since it was read"),
    ("413", "TooLarge", "Request body too large"),
    ("415", "UnsupportedMediaType", "Unsupported media type"),
    (
        "422",
        "Unprocessable",
        "Unknown, missing or invalid field: `field` names it",
    ),
    ("431", "HeadersTooLarge", "Request headers too large"),
    (
        "429",
        "TooMany",
        "Too many requests, or plugin limit reached: retry after `retry-after` seconds",
    ),
    ("500", "Internal", "Internal error"),
    (
        "502",
        "PluginFailed",
        "Plugin failed: `run` is the id of its run",
    ),
    (
        "503",
        "Unavailable",
        "Host is stopping, or storage is unavailable: retry later",
    ),
    ("507", "StorageFull", "Disk full"),
];

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = [$($status:literal),*];)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Described>> {
                responses_for(&[$($status),*])
            }
        }
    )*};
}

errors! {
    /// Errors of endpoints without a key.
    OpenErrors = ["500", "503"];
    /// Errors of lists.
    ListErrors = ["400", "401", "500", "503"];
    /// Errors of a single resource.
    ReadErrors = ["400", "401", "404", "410", "500", "503"];
    /// Errors of changes without a body.
    ChangeErrors = ["400", "401", "404", "409", "410", "422", "500", "503", "507"];
    /// Errors of changes with a body.
    WriteErrors = ["400", "401", "404", "408", "409", "410", "413", "415", "422", "500", "503", "507"];
    /// Errors of changes that need a certain state.
    StateErrors = ["409"];
    /// Errors of plugins.
    ActionErrors = ["429", "502"];
    /// Errors of `If-Match`.
    PreconditionErrors = ["412"];
}

fn responses_for(statuses: &[&str]) -> BTreeMap<String, RefOr<Described>> {
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

/// Returns the document without routes.
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
                    "Customers, their interactions with the business, and the proposals of plugins. \
                     Lists are paginated: pass `next` as `after`. Errors are RFC 9457 problem details \
                     whose `field` names the invalid part.",
                )),
        )
        .components(Some(components.build()))
        .security(Some([SecurityRequirement::new("key", Vec::<String>::new())]))
        .build()
}

/// Returns the document with its routes, as JSON.
pub(crate) fn finish(api: &OpenApi) -> Value {
    let mut document = serde_json::to_value(api).unwrap_or_default();
    document["components"]["schemas"]["Manifest"] = embed::embed_at(
        "#/components/schemas/Manifest",
        &regulars_manifest::json_schema(),
    );
    document["components"]["schemas"]["Problem"]["properties"]["instance"] = json!({
        "type": "string",
        "description": "The request id, as in the header `x-request-id` and the log.",
    });
    let operations = document["paths"].as_object_mut().into_iter();
    let operations =
        operations.flat_map(|paths| paths.values_mut().filter_map(Value::as_object_mut));
    for operation in operations.flat_map(|operations| operations.values_mut()) {
        if let Some(parameters) = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
        {
            parameters.iter_mut().for_each(remove_null);
        }
    }
    document
}

/// Removes `null` from the type of an optional parameter: parameters are text.
fn remove_null(parameter: &mut Value) {
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

/// Returns the OpenAPI document
///
/// OpenAPI 3.1. With a key that can call actions, the document has a path for each action of the enabled
/// plugins.
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
    // Without a key the document does not reveal the installed plugins.
    let key = match headers
        .get(header::AUTHORIZATION)
        .is_some_and(|it| !it.is_empty())
    {
        true => Some(authenticate(&app, &headers, &extensions).map_err(|refused| *refused)?),
        false => None,
    };
    let mut document = Value::clone(&app.document);
    // Under a nested router the paths start at its prefix.
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

/// Adds a path for each action, with its schemas.
fn add_actions(document: &mut Value, installation: &Installation) {
    let plugin = &installation.id;
    for action in &installation.manifest.actions {
        let mut put = |part: &str, schema: &Value| {
            let name = format!("action.{plugin}.{}.{part}", action.id);
            let place = format!("#/components/schemas/{name}");
            document["components"]["schemas"][name] = embed::embed_at(&place, schema);
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
        // An action without a customer accepts a missing or null one.
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
            "description": "The action's result",
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
