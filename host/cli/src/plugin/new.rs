use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use regulars_build::Workspace;
use serde_json::json;

use super::template::{FILES, Names};
use crate::output::Out;
use crate::usage;
use regulars::model::InstallationId;

/// Create a plugin project that builds and passes its tests
#[derive(Args)]
#[command(after_help = "\
The project has a small working plugin, native tests, a sample event, a recorded run and a README.
For more, see sdk/README.md.

The SDK is not on crates.io yet, so the project depends on a local copy by path: that of --sdk or
REGULARS_SDK, else that of the source tree which this program was built from.

Examples:
  regulars plugin new welcome-back
  regulars plugin new shop/late-return --sdk ~/src/regulars/sdk")]
pub struct New {
    /// Name of the plugin, or a path that ends in it: lower-case letters, digits and hyphens
    #[arg(value_name = "NAME|PATH")]
    path: PathBuf,
    /// Programming language
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    lang: Language,
    /// Folder of regulars-sdk
    #[arg(long, value_name = "PATH", env = "REGULARS_SDK")]
    sdk: Option<PathBuf>,
}

/// The languages with a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    Rust,
}

/// The SDK in the source tree of this program, which may be gone.
const SOURCE_TREE_SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sdk");

/// Crate names that cargo refuses, or that would shadow a dependency of the template.
const RESERVED_NAMES: [&str; 14] = [
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "incremental",
    "proc-macro",
    "regulars-sdk",
    "schemars",
    "serde",
    "serde-json",
    "serde_json",
    "std",
    "test",
];

impl New {
    pub fn run(self, out: &mut Out) -> Result<ExitCode> {
        let name = name_of(&self.path)?;
        let folder = &self.path;
        if fs::read_dir(folder).is_ok_and(|mut it| it.next().is_some()) {
            bail!(
                "{} already exists: choose another name, or remove it",
                folder.display()
            );
        }
        let sdk = Sdk::find(self.sdk)?;
        let Language::Rust = self.lang;
        let names = Names::of(name.as_str());
        let absolute_folder = std::path::absolute(folder)?;
        for (path, text) in FILES {
            let file = folder.join(names.substitute(path));
            let text = names
                .substitute(text)
                .replace("\"{sdk}\"", &sdk.dependency(&absolute_folder));
            fs::create_dir_all(file.parent().unwrap_or(folder))
                .and_then(|()| fs::write(&file, text))
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        detach_from_workspace(folder)?;
        if let Sdk::Version = sdk {
            out.note(format!(
                "warning: regulars-sdk {} is not on crates.io yet, and no local copy was found: name one with --sdk, or set \
                 regulars-sdk = {{ path = \"…\" }} in {}",
                env!("CARGO_PKG_VERSION"),
                folder.join("Cargo.toml").display(),
            ));
        }
        let folder_text = folder.display();
        if out.json {
            out.document(&json!({ "name": name, "folder": folder, "sdk": sdk.path() }))?;
        } else {
            out.line(format!("Created {folder_text}, with {}.", sdk.describe()))?;
            out.line(format!(
                "\nNext:\n  cd {folder_text}\n  cargo test\n  regulars plugin build\n  regulars plugin dev"
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn name_of(path: &Path) -> Result<InstallationId> {
    let Some(Component::Normal(last)) = path.components().next_back() else {
        usage!("path {} has no plugin name at its end", path.display());
    };
    let name = last.to_string_lossy();
    let Ok(name) = name.parse::<InstallationId>() else {
        usage!(
            "invalid plugin name “{name}”: expected 1 to 64 lower-case letters, digits and hyphens, starting with a letter"
        );
    };
    // The name becomes a crate name too: it must not end in a hyphen or be a keyword.
    let crate_name = name.as_str().replace('-', "_");
    let keyword = crate_name.parse::<Keyword>().is_ok();
    if keyword || RESERVED_NAMES.contains(&name.as_str()) || name.as_str().ends_with('-') {
        usage!("{name} is not a valid crate name: choose another name");
    }
    Ok(name)
}

/// A reserved word of Rust.
struct Keyword;

impl std::str::FromStr for Keyword {
    type Err = ();

    fn from_str(word: &str) -> Result<Keyword, ()> {
        const WORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern \
            false final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self \
            static struct super trait true try type typeof unsafe unsized use virtual where while yield";
        WORDS
            .split_whitespace()
            .any(|it| it == word)
            .then_some(Keyword)
            .ok_or(())
    }
}

/// The dependency on the SDK.
enum Sdk {
    Path(PathBuf),
    Version,
}

impl Sdk {
    fn find(named: Option<PathBuf>) -> Result<Sdk> {
        let is_sdk = |folder: &Path| {
            let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
            text.contains("name = \"regulars-sdk\"")
        };
        match named {
            Some(folder) if is_sdk(&folder) => Ok(Sdk::Path(folder.canonicalize()?)),
            Some(folder) => bail!(
                "{} is not the folder of regulars-sdk: name sdk/ of the source tree with --sdk or REGULARS_SDK",
                folder.display()
            ),
            None => match Path::new(SOURCE_TREE_SDK).canonicalize() {
                Ok(folder) if is_sdk(&folder) => Ok(Sdk::Path(folder)),
                _ => Ok(Sdk::Version),
            },
        }
    }

    /// Returns the dependency as TOML. The path is relative within one source tree, which may be
    /// moved.
    fn dependency(&self, project: &Path) -> String {
        let Sdk::Path(sdk) = self else {
            return format!("{:?}", env!("CARGO_PKG_VERSION"));
        };
        let tree = sdk.parent().unwrap_or(sdk);
        let parent = project.parent().and_then(|it| it.canonicalize().ok());
        let within = parent.as_deref().and_then(|it| it.strip_prefix(tree).ok());
        let path = match within {
            Some(below) => {
                let up = "../".repeat(below.components().count() + 1);
                format!("{up}{}", sdk.file_name().unwrap_or_default().display())
            }
            None => sdk.display().to_string(),
        };
        // TOML's basic strings escape as JSON's do.
        format!("{{ path = {} }}", json!(path))
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Sdk::Path(path) => Some(path),
            Sdk::Version => None,
        }
    }

    fn describe(&self) -> String {
        match self {
            Sdk::Path(path) => format!("the SDK in {}", path.display()),
            Sdk::Version => format!("version {} of the SDK", env!("CARGO_PKG_VERSION")),
        }
    }
}

/// Gives a package its own workspace if it lies below one that does not include it.
fn detach_from_workspace(folder: &Path) -> Result<()> {
    let absolute_folder = std::path::absolute(folder)?;
    let has_parent = absolute_folder
        .ancestors()
        .skip(1)
        .any(|it| it.join("Cargo.toml").exists());
    if has_parent && Workspace::of(folder).is_err() {
        let file = folder.join("Cargo.toml");
        let mut text = fs::read_to_string(&file)?;
        text += "\n# Not part of the workspace above.\n[workspace]\n";
        fs::write(&file, text)?;
    }
    Ok(())
}
