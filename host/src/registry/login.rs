//! Who we are to a registry: what `docker login` keeps, in the docker config or in the helper that it names.

use docker_credential::{CredentialRetrievalError, DockerCredential};
use oci_client::secrets::RegistryAuth;

use super::error::RegistryError;

/// Docker Hub is written down under this name.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";
/// What every helper answers, by their protocol, where it knows no login.
const NO_LOGIN: &str = "credentials not found";

/// The login for a registry; anonymous where there is none.
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
            "it is an identity token, which this program cannot use: log in with a name and a password or an access token"
                .to_owned(),
        ),
        Err(
            CredentialRetrievalError::NoCredentialConfigured
            | CredentialRetrievalError::ConfigNotFound,
        ) => Ok(RegistryAuth::Anonymous),
        // The library does not tell a file that is not there from one that cannot be read.
        Err(CredentialRetrievalError::ConfigReadError) if !is_there() => {
            Ok(RegistryAuth::Anonymous)
        }
        Err(CredentialRetrievalError::HelperFailure { stdout, .. })
            if stdout.contains(NO_LOGIN) =>
        {
            Ok(RegistryAuth::Anonymous)
        }
        // What a helper printed may hold a secret.
        Err(CredentialRetrievalError::HelperFailure { helper, .. }) => {
            refuse(format!("the credential helper {helper} failed"))
        }
        Err(error) => refuse(error.to_string()),
    }
}

/// Whether there is a docker config.
fn is_there() -> bool {
    let folder = match std::env::var_os("DOCKER_CONFIG") {
        Some(folder) => Some(folder.into()),
        None => std::env::home_dir().map(|home| home.join(".docker")),
    };
    folder.is_some_and(|folder: std::path::PathBuf| folder.join("config.json").exists())
}
