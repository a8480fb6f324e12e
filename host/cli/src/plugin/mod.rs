//! `regulars plugin`: installs, manages, rehearses and develops plugins.

mod available;
mod build;
mod configure;
mod dev;
mod granting;
mod inspect;
mod install;
mod keys;
mod limits;
mod list;
mod new;
mod obtain;
mod publish;
mod recorded;
mod rehearse;
mod run;
mod sign;
mod signed;
pub(super) mod situation;
mod template;
mod test;
mod upgrade;
mod versions;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Subcommand;

use super::output::Out;
use super::{Global, usage};
use obtain::{Purpose, RegistryArgs, obtain};
use regulars::host::Host;
use regulars::model::{Installation, InstallationId, Json};
use regulars::runtime::RuntimeConfig;
use regulars_registry::bounded;

/// Install, manage, rehearse and develop plugins
#[derive(Subcommand)]
pub enum Plugin {
    Inspect(inspect::Inspect),
    Rehearse(rehearse::Rehearse),
    Install(install::Install),
    Upgrade(upgrade::Upgrade),
    Rollback(versions::Rollback),
    History(versions::History),
    Uninstall(versions::Uninstall),
    List(list::List),
    Enable(list::Enable),
    Disable(list::Disable),
    Resume(list::Resume),
    Settings(configure::Settings),
    Grant(configure::Grant),
    Limits(limits::Limits),
    Run(run::Run),
    Publish(publish::Publish),
    Keygen(sign::Keygen),
    Sign(sign::Sign),
    Trust(keys::Trust),
    New(new::New),
    Build(build::Build),
    Test(test::Test),
    Dev(dev::Dev),
}

impl Plugin {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        match self {
            Plugin::Inspect(it) => it.run(global, out),
            Plugin::Rehearse(it) => it.run(global, out),
            Plugin::Install(it) => it.run(global, out),
            Plugin::Upgrade(it) => it.run(global, out),
            Plugin::Rollback(it) => it.run(global, out),
            Plugin::History(it) => it.run(global, out),
            Plugin::Uninstall(it) => it.run(global, out),
            Plugin::List(it) => it.run(global, out),
            Plugin::Enable(it) => it.run(global, out),
            Plugin::Disable(it) => it.run(global, out),
            Plugin::Resume(it) => it.run(global, out),
            Plugin::Settings(it) => it.run(global, out),
            Plugin::Grant(it) => it.run(global, out),
            Plugin::Limits(it) => it.run(global, out),
            Plugin::Run(it) => it.run(global, out),
            Plugin::Publish(it) => it.run(global, out),
            Plugin::Keygen(it) => it.run(out),
            Plugin::Sign(it) => it.run(out),
            Plugin::Trust(it) => it.run(global, out),
            Plugin::New(it) => it.run(out),
            Plugin::Build(it) => it.run(out),
            Plugin::Test(it) => it.run(out),
            Plugin::Dev(it) => it.run(global, out),
        }
    }
}

/// Reads a component. Fails above the runtime's size limit.
pub(super) fn read_component(file: &Path) -> Result<Vec<u8>> {
    let limit = RuntimeConfig::default().max_component_bytes;
    bounded::read(file, limit).with_context(|| format!("cannot read {}", file.display()))
}

/// Reads the text of a key or a signature, of at most 16 KiB.
fn read_lines(file: &Path) -> Result<String> {
    const MOST: u64 = 16 << 10;
    bounded::read_text(file, MOST).with_context(|| format!("cannot read {}", file.display()))
}

/// Parses JSON from the command line, or from a file named with `@`.
fn json_argument(option: &str, text: &str) -> Result<Json> {
    let read;
    let (text, source) = match text.strip_prefix('@') {
        Some(file) => {
            read = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
            (read.as_str(), format!("{option} {file}"))
        }
        None => (text, option.to_owned()),
    };
    match serde_json::from_str(text) {
        Ok(json) => Ok(json),
        Err(error) => usage!("{source}: invalid JSON: {error}"),
    }
}

/// Parses the value of `--settings`.
fn settings(given: Option<&String>) -> Result<Option<Json>> {
    given
        .map(|text| json_argument("--settings", text))
        .transpose()
}

/// A plugin named on the command line, with its installation if it is an installed one.
struct FoundPlugin {
    wasm: Vec<u8>,
    installation: Option<Installation>,
}

/// Finds a plugin: a file, an installed one, one of the catalogue or one of a registry. Calls
/// `host` to open the database if an id may be installed.
fn find_plugin(
    source: &str,
    registry: &RegistryArgs,
    global: &Global,
    out: &Out,
    host: impl FnOnce() -> Result<Host>,
) -> Result<FoundPlugin> {
    let id = source.parse::<InstallationId>().ok();
    let id = id.filter(|_| !Path::new(source).is_file());
    let is_name = id.is_some();
    if let Some(id) = id
        && global.db().exists()
    {
        let host = host()?;
        match host.installation(&id) {
            Ok(installation) => {
                let component = host.component(installation.digest)?;
                let component =
                    component.context("the plugin's component is missing: install it again")?;
                return Ok(FoundPlugin {
                    wasm: component.wasm,
                    installation: Some(installation),
                });
            }
            Err(regulars::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut obtained = obtain(source, Purpose::Inspect, registry, global, out);
    if is_name {
        obtained = obtained.with_context(|| format!("no installed plugin {source}"));
    }
    let obtained = obtained?;
    Ok(FoundPlugin {
        wasm: obtained.wasm,
        installation: None,
    })
}
