//! Packages of npm at pinned versions, in folders of their own.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::run::{RunError, capture, command};

/// A package and its version.
pub(super) type Package = (&'static str, &'static str);

/// Installs in the folder `prefix` what is missing there of some packages, and gives the directory they are in. Nothing is
/// done where all are there already.
///
/// # Errors
/// The name of a package that is missing, and why npm cannot install it.
pub(super) fn npm_with(root: &Path, prefix: &Path, packages: &[Package]) -> Result<PathBuf, (&'static str, RunError)> {
    let modules = prefix.join("node_modules");
    let missing =
        packages.iter().find(|(name, version)| installed_version(&modules, name).as_deref() != Some(*version));
    if let Some((name, _)) = missing {
        // npm would otherwise look for a package of its own in the directories above.
        std::fs::create_dir_all(&modules)
            .map_err(|source| (*name, RunError::Start { command: "npm install".to_owned(), source }))?;
        let mut npm =
            command(root, "npm", ["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", "--prefix"]);
        npm.arg(prefix).args(packages.iter().map(|(name, version)| format!("{name}@{version}")));
        capture(&mut npm).map_err(|source| (*name, source))?;
    }
    Ok(modules)
}

/// The version at which a package is installed.
fn installed_version(modules: &Path, name: &str) -> Option<String> {
    let manifest = std::fs::read_to_string(modules.join(name).join("package.json")).ok()?;
    let manifest: Value = serde_json::from_str(&manifest).ok()?;
    manifest["version"].as_str().map(ToOwned::to_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_at_another_version_is_missing() {
        let root = std::env::temp_dir().join(format!("xtask-npm-{}", std::process::id()));
        let package = root.join("npm/@a/b");
        std::fs::create_dir_all(&package).unwrap();
        std::fs::write(package.join("package.json"), r#"{"version": "1.2.3"}"#).unwrap();
        let (there, other) =
            (installed_version(&root.join("npm"), "@a/b"), installed_version(&root.join("npm"), "@a/c"));
        std::fs::remove_dir_all(&root).unwrap();
        assert_eq!((there.as_deref(), other), (Some("1.2.3"), None));
    }
}
