//! Logins for registries, from the docker config or the credential helper that it names.

use docker_credential::{CredentialRetrievalError, DockerCredential};
use oci_client::secrets::RegistryAuth;

use super::error::RegistryError;

/// The key of Docker Hub in the docker config.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";
/// The answer of a credential helper without a login for the registry, from their protocol.
const NO_LOGIN: &str = "credentials not found";

/// Returns the login for a registry, or anonymous if there is none.
pub(super) fn login(host: &str) -> Result<RegistryAuth, RegistryError> {
    let server = match host {
        "docker.io" | "index.docker.io" => DOCKER_HUB,
        host => host,
    };
    let refuse = |problem: String| {
        Err(RegistryError::Login {
            host: host.to_owned(),
            problem,
        })
    };
    match docker_credential::get_credential(server) {
        Ok(DockerCredential::UsernamePassword(name, password)) => {
            Ok(RegistryAuth::Basic(name, password))
        }
        Ok(DockerCredential::IdentityToken(_)) => refuse(
            "identity tokens are not supported: log in with a name and a password or an access token"
                .to_owned(),
        ),
        Err(
            CredentialRetrievalError::NoCredentialConfigured
            | CredentialRetrievalError::ConfigNotFound,
        ) => Ok(RegistryAuth::Anonymous),
        // The library reports a missing file and an unreadable one alike.
        Err(CredentialRetrievalError::ConfigReadError) if !is_there() => {
            Ok(RegistryAuth::Anonymous)
        }
        Err(CredentialRetrievalError::HelperFailure { stdout, .. })
            if stdout.contains(NO_LOGIN) =>
        {
            Ok(RegistryAuth::Anonymous)
        }
        // The helper's output is left out: it may hold a secret.
        Err(CredentialRetrievalError::HelperFailure { helper, .. }) => {
            refuse(format!("the credential helper {helper} failed"))
        }
        Err(error) => refuse(error.to_string()),
    }
}

/// Returns true if there is a docker config.
fn is_there() -> bool {
    let folder = match std::env::var_os("DOCKER_CONFIG") {
        Some(folder) => Some(folder.into()),
        None => std::env::home_dir().map(|home| home.join(".docker")),
    };
    folder.is_some_and(|folder: std::path::PathBuf| folder.join("config.json").exists())
}
