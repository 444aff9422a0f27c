//! The config file: profiles, and which of them is used.
//!
//! ```toml
//! profile = "staging"
//!
//! [profiles.staging]
//! base_url = "http://127.0.0.1:4010"
//! auth = "access_token"
//! storage = "keyring"
//! ```

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::failure::Failure;

/// The variable that says where the config file is.
pub(crate) const CONFIG_VARIABLE: &str = "STORA_CONFIG";

/// The profile that counts if none is named.
pub(crate) const DEFAULT_PROFILE: &str = "default";

/// The key of the profile in use.
const USED: &str = "profile";

/// The key of the table of profiles.
const PROFILES: &str = "profiles";

/// The config file as it was read. Comments and what it does not know stay as they are when it is written again.
#[derive(Debug)]
pub(crate) struct Config {
    path: PathBuf,
    document: DocumentMut,
}

impl Config {
    /// Where the config file is: `STORA_CONFIG`, or else in the platform's folder for configuration.
    pub(crate) fn path_from_environment() -> Result<PathBuf, Failure> {
        if let Some(path) = std::env::var_os(CONFIG_VARIABLE).filter(|path| !path.is_empty()) {
            return Ok(path.into());
        }
        let folders = etcetera::choose_base_strategy().map_err(|error| {
            Failure::usage_with_advice(
                format!("there is no folder for the config file: {error}"),
                format!("Name the file in {CONFIG_VARIABLE}."),
            )
        })?;
        Ok(folders.config_dir().join("stora").join("config.toml"))
    }

    /// Reads the config file; one that is not there is empty.
    pub(crate) fn read(path: PathBuf) -> Result<Self, Failure> {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure::file("read the config file", path, error)),
        };
        // The message of the parser shows the line at fault, which may hold a secret.
        let document = text.parse::<DocumentMut>().map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            Failure::usage(format!("the config file {} is not TOML: line {line}: {}", path.display(), error.message()))
        })?;
        let config = Self { path, document };
        config.check()?;
        Ok(config)
    }

    /// Says what stands where it cannot be used, before anything is done with it.
    fn check(&self) -> Result<(), Failure> {
        let wrong = |what: &str| Failure::usage(format!("the config file {}: {what}", self.path.display()));
        if self.document.get(USED).is_some_and(|used| !used.is_str()) {
            return Err(wrong("`profile` is not a text"));
        }
        let Some(profiles) = self.document.get(PROFILES) else { return Ok(()) };
        let profiles = profiles.as_table_like().ok_or_else(|| wrong("`profiles` is not a table"))?;
        for (name, profile) in profiles.iter() {
            if profile.as_table_like().is_none() {
                return Err(wrong(&format!("`profiles.{name}` is not a table")));
            }
        }
        Ok(())
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The profile that the file says is used.
    pub(crate) fn used_profile(&self) -> Option<&str> {
        self.document.get(USED)?.as_str()
    }

    /// The names of all profiles.
    pub(crate) fn profiles(&self) -> Vec<&str> {
        let profiles = self.document.get(PROFILES).and_then(Item::as_table_like);
        profiles.into_iter().flat_map(|profiles| profiles.iter().map(|(name, _)| name)).collect()
    }

    /// A value of a profile. Numbers and truths are given as they would be written.
    pub(crate) fn get(&self, profile: &str, key: &str) -> Option<String> {
        let value = self.document.get(PROFILES)?.get(profile)?.get(key)?.as_value()?;
        Some(value.as_str().map_or_else(|| value.to_string().trim().to_owned(), str::to_owned))
    }

    /// Everything that a profile says, in the order of the file.
    pub(crate) fn entries(&self, profile: &str) -> Vec<(String, String)> {
        let table = self.document.get(PROFILES).and_then(|profiles| profiles.get(profile));
        let keys = table.and_then(Item::as_table_like).into_iter().flat_map(|table| table.iter().map(|(key, _)| key));
        keys.filter_map(|key| Some((key.to_owned(), self.get(profile, key)?))).collect()
    }

    /// Sets a value of a profile, and makes the profile if it is not there.
    pub(crate) fn set(&mut self, profile: &str, key: &str, text: &str) {
        let profiles = self.document.entry(PROFILES).or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        let Some(profiles) = profiles.as_table_like_mut() else { return };
        let table = profiles.entry(profile).or_insert_with(|| Item::Table(Table::new()));
        let Some(table) = table.as_table_like_mut() else { return };
        table.insert(key, value(text));
    }

    /// Removes a value of a profile. Whether it was there.
    pub(crate) fn unset(&mut self, profile: &str, key: &str) -> bool {
        let table = self.document.get_mut(PROFILES).and_then(|profiles| profiles.get_mut(profile));
        table.and_then(Item::as_table_like_mut).is_some_and(|table| table.remove(key).is_some())
    }

    /// Removes a whole profile. Whether it was there.
    pub(crate) fn remove_profile(&mut self, profile: &str) -> bool {
        let profiles = self.document.get_mut(PROFILES).and_then(Item::as_table_like_mut);
        profiles.is_some_and(|profiles| profiles.remove(profile).is_some())
    }

    /// Says which profile is used from now on.
    pub(crate) fn use_profile(&mut self, profile: &str) {
        self.document.insert(USED, value(profile));
    }

    /// Writes the file, whole or not at all, for its owner's eyes alone: it may hold a secret.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        let failed = |act| move |error| Failure::file(act, &self.path, error);
        // A link leads to where the file is kept; it is that file which is written.
        let path = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(failed("make the folder of the config file"))?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let beside = folder.join(name);
        let written = write_private(&beside, self.document.to_string().as_bytes());
        let written = written.and_then(|()| std::fs::rename(&beside, &path));
        written.map_err(|error| {
            // What is half written is of no use; that it cannot be removed changes nothing.
            let _ = std::fs::remove_file(&beside);
            Failure::file("write the config file", &self.path, error)
        })
    }
}

/// Writes a file that only its owner can read.
fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Config {
        Config { path: PathBuf::from("config.toml"), document: text.parse().unwrap() }
    }

    #[test]
    fn what_is_set_is_got_and_the_rest_stays_as_it_was() {
        let mut config =
            parsed("# mine\nprofile = \"a\"\n\n[profiles.a]\nbase_url = \"http://x\" # here\ntimeout = 5\n");
        config.set("b", "output", "yaml");
        config.set("a", "output", "json");
        assert_eq!(config.get("b", "output").as_deref(), Some("yaml"));
        assert_eq!(config.get("a", "timeout").as_deref(), Some("5"));
        assert_eq!(config.profiles(), ["a", "b"]);
        let text = config.document.to_string();
        assert!(text.starts_with("# mine\nprofile = \"a\"") && text.contains("\"http://x\" # here"), "{text}");
        assert!(config.unset("a", "output") && !config.unset("a", "output"));
        assert!(config.remove_profile("b") && !config.remove_profile("b"));
        assert_eq!(config.entries("a"), [("base_url".into(), "http://x".into()), ("timeout".into(), "5".into())]);
    }

    #[test]
    fn what_is_no_table_is_told() {
        for (text, part) in
            [("profiles = 1", "`profiles`"), ("[profiles]\na = 1", "`profiles.a`"), ("profile = 1", "`profile`")]
        {
            assert!(parsed(text).check().unwrap_err().to_string().contains(part), "{text}");
        }
    }
}
