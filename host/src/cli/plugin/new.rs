use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use regulars_build::Workspace;
use serde_json::json;

use super::template::{FILES, Names};
use crate::cli::output::Out;
use crate::cli::usage;
use crate::model::InstallationId;

/// Make a project for a plugin of your own: it builds, and its tests pass
#[derive(Args)]
#[command(after_help = "\
The project holds a small plugin that works, native tests, an event to try it on, a recorded run
and a README. sdk/README.md goes on from there.

The SDK is not on crates.io yet. The project depends on a copy on this machine, by path: the one
that --sdk or REGULARS_SDK names, else that of the source tree which this program was built from.

Examples:
  regulars plugin new welcome-back
  regulars plugin new shop/late-return --sdk ~/src/regulars/sdk")]
pub struct New {
    /// The plugin's name, which is also the folder's: lower-case letters, digits and hyphens. Or a path that ends in it
    #[arg(value_name = "NAME|PATH")]
    path: PathBuf,
    /// The language that it is written in
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    lang: Language,
    /// The folder of regulars-sdk
    #[arg(long, value_name = "PATH", env = "REGULARS_SDK")]
    sdk: Option<PathBuf>,
}

/// What there is a template for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    Rust,
}

/// Where this program was built from, which may not be there any more.
const BUILT_FROM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk");

/// Crate names that cargo refuses, or that would hide what the template uses.
const TAKEN: [&str; 14] = [
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
                "{} is there already: choose another name, or remove it",
                folder.display()
            );
        }
        let sdk = Sdk::find(self.sdk)?;
        let Language::Rust = self.lang;
        let names = Names::of(name.as_str());
        let whole = std::path::absolute(folder)?;
        for (path, text) in FILES {
            let file = folder.join(names.within(path));
            let text = names
                .within(text)
                .replace("\"{sdk}\"", &sdk.dependency(&whole));
            fs::create_dir_all(file.parent().unwrap_or(folder))
                .and_then(|()| fs::write(&file, text))
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        stand_alone(folder)?;
        if let Sdk::Version = sdk {
            out.note(format!(
                "warning: regulars-sdk {} is not on crates.io yet, and no copy of it was found here: name one with --sdk, or set \
                 regulars-sdk = {{ path = \"…\" }} in {}",
                env!("CARGO_PKG_VERSION"),
                folder.join("Cargo.toml").display(),
            ));
        }
        let shown = folder.display();
        if out.json {
            out.document(&json!({ "name": name, "folder": folder, "sdk": sdk.path() }))?;
        } else {
            out.line(format!("Made {shown}, with {}.", sdk.in_words()))?;
            out.line(format!(
                "\nNext:\n  cd {shown}\n  cargo test\n  regulars plugin build\n  regulars plugin dev"
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn name_of(path: &Path) -> Result<InstallationId> {
    let Some(Component::Normal(last)) = path.components().next_back() else {
        usage!("{} ends in no name", path.display());
    };
    let name = last.to_string_lossy();
    let Ok(name) = name.parse::<InstallationId>() else {
        usage!(
            "“{name}” cannot name a plugin: 1 to 64 lower-case letters, digits and hyphens are expected, starting with a letter"
        );
    };
    // A crate is called by it too: its last character is no hyphen, and keywords are nobody's name.
    let crate_name = name.as_str().replace('-', "_");
    let keyword = crate_name.parse::<Keyword>().is_ok();
    if keyword || TAKEN.contains(&name.as_str()) || name.as_str().ends_with('-') {
        usage!("{name} cannot name a crate: choose another name");
    }
    Ok(name)
}

/// A word that Rust keeps for itself.
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

/// What the project depends on.
enum Sdk {
    Path(PathBuf),
    Version,
}

impl Sdk {
    fn find(named: Option<PathBuf>) -> Result<Sdk> {
        let is_one = |folder: &Path| {
            let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
            text.contains("name = \"regulars-sdk\"")
        };
        match named {
            Some(folder) if is_one(&folder) => Ok(Sdk::Path(folder.canonicalize()?)),
            Some(folder) => bail!(
                "{} is not the folder of regulars-sdk: name sdk/ of the source tree with --sdk or REGULARS_SDK",
                folder.display()
            ),
            None => match Path::new(BUILT_FROM).canonicalize() {
                Ok(folder) if is_one(&folder) => Ok(Sdk::Path(folder)),
                _ => Ok(Sdk::Version),
            },
        }
    }

    /// As `Cargo.toml` says it. Relative where both lie in one source tree, which may be moved.
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

    fn in_words(&self) -> String {
        match self {
            Sdk::Path(path) => format!("the SDK of {}", path.display()),
            Sdk::Version => format!("version {} of the SDK", env!("CARGO_PKG_VERSION")),
        }
    }
}

/// Below the folder of a workspace which does not count it in, a package needs one of its own.
fn stand_alone(folder: &Path) -> Result<()> {
    let whole = std::path::absolute(folder)?;
    let above = whole
        .ancestors()
        .skip(1)
        .any(|it| it.join("Cargo.toml").exists());
    if above && Workspace::of(folder).is_err() {
        let file = folder.join("Cargo.toml");
        let mut text = fs::read_to_string(&file)?;
        text += "\n# What lies above is somebody else's.\n[workspace]\n";
        fs::write(&file, text)?;
    }
    Ok(())
}
