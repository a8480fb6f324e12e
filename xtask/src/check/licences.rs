//! Licences of all packages in the lock file, those for tests included.

use anyhow::Result;
use cargo_metadata::Metadata;
use spdx::{Expression, ParseMode};

/// Licences, as SPDX names them, under which a dependency may be used. None demands to publish source code.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

pub fn violations(metadata: &Metadata) -> Result<Vec<String>> {
    let mut violations = Vec::new();
    for package in &metadata.packages {
        let named = format!("{} {}", package.name, package.version);
        let Some(licence) = &package.license else {
            violations.push(format!("{named} names no licence"));
            continue;
        };
        match allowed(licence) {
            Ok(true) => {}
            Ok(false) => violations.push(format!(
                "{named} is licensed under {licence}: allowed are {}",
                ALLOWED.join(", ")
            )),
            Err(error) => violations.push(format!("{named}: invalid licence {licence:?}: {error}")),
        }
    }
    Ok(violations)
}

/// Returns true if the allowed licences satisfy an expression. Exceptions only add permissions, so any is allowed.
fn allowed(expression: &str) -> Result<bool, spdx::ParseError> {
    // crates.io still has the form "MIT/Apache-2.0".
    let expression = Expression::parse_mode(expression, ParseMode::LAX)?;
    Ok(expression.evaluate(|requirement| {
        let licence = requirement.license.id();
        licence.is_some_and(|licence| ALLOWED.contains(&licence.name))
    }))
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn expressions_are_satisfied_by_allowed_licences_alone() {
        for expression in [
            "MIT",
            "MIT/Apache-2.0",
            "Apache-2.0 WITH LLVM-exception",
            "MIT OR GPL-3.0-only",
            "(MIT OR LGPL-2.1-or-later) AND Unicode-3.0",
        ] {
            assert!(allowed(expression).unwrap(), "{expression}");
        }
        for expression in [
            "GPL-3.0-only",
            "MIT AND AGPL-3.0-or-later",
            "LicenseRef-Own",
        ] {
            assert!(!allowed(expression).unwrap(), "{expression}");
        }
        assert!(allowed("as you like").is_err());
    }
}
