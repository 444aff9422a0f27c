//! Packages of PyPI at pinned versions, in environments of their own.

use std::path::{Path, PathBuf};

use super::run::{RunError, capture, command};

/// Installs a package of PyPI at a version in the environment `venv`, which is made when it is missing, and gives the Python
/// that has it. Nothing is done where it is there already.
///
/// # Errors
/// When there is no `python3` that can make environments, or the package cannot be had.
pub(super) fn python_with(root: &Path, venv: &Path, (name, version): (&str, &str)) -> Result<PathBuf, RunError> {
    let python = venv.join("bin").join("python");
    if !has_package(venv, name, version) {
        capture(command(root, "python3", ["-m", "venv"]).arg(venv))?;
        let wanted = format!("{name}=={version}");
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", &wanted];
        capture(&mut command(root, &python, pip))?;
    }
    Ok(python)
}

fn has_package(venv: &Path, name: &str, version: &str) -> bool {
    let wanted = format!("{}-{version}.dist-info", name.replace('-', "_"));
    let pythons = std::fs::read_dir(venv.join("lib")).into_iter().flatten().flatten();
    pythons.into_iter().any(|python| python.path().join("site-packages").join(&wanted).is_dir())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_is_installed_at_another_version_is_missing() {
        let venv = std::env::temp_dir().join(format!("xtask-python-{}", std::process::id()));
        std::fs::create_dir_all(venv.join("lib/python3.11/site-packages/a_b-1.2.3.dist-info")).unwrap();
        let found = ["1.2.3", "1.2.4"].map(|version| has_package(&venv, "a-b", version));
        std::fs::remove_dir_all(&venv).unwrap();
        assert_eq!(found, [true, false]);
    }
}
