//! Who may call: schemes, OAuth flows, and the scopes each operation asks for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::change::{Area, Kind};
use super::log::{Raw, texts};
use super::operations::{Differ, both};
use super::source::{At, Source};

/// The schemes of both documents and which is which. What a scheme is called does not matter.
pub(super) struct Security<'a> {
    old: BTreeMap<&'a str, At<'a>>,
    new: BTreeMap<&'a str, At<'a>>,
    /// Old names of new schemes.
    renamed: BTreeMap<&'a str, &'a str>,
}

/// One way to authenticate: every scheme in it, with its scopes.
type Way<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

impl<'a> Security<'a> {
    pub(super) fn new(old: &Source<'a>, new: &Source<'a>) -> Self {
        let schemes = |source: &Source<'a>| -> BTreeMap<&'a str, At<'a>> {
            let components = source.start().get("components");
            components.map(|at| source.entries(&at, "securitySchemes")).unwrap_or_default().into_iter().collect()
        };
        let (old, new) = (schemes(old), schemes(new));
        let mut renamed = BTreeMap::new();
        for (name, at) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
            let twins: Vec<&'a str> = old
                .iter()
                .filter(|(twin, known)| !new.contains_key(*twin) && identity(known) == identity(at))
                .map(|(twin, _)| *twin)
                .collect();
            if let [twin] = twins[..]
                && renamed.values().all(|taken| *taken != twin)
            {
                renamed.insert(*name, twin);
            }
        }
        Self { old, new, renamed }
    }

    fn old_name(&self, name: &'a str) -> &'a str {
        self.renamed.get(name).copied().unwrap_or(name)
    }

    fn is_removed(&self, name: &str) -> bool {
        self.old.contains_key(name) && !self.new.keys().any(|new| self.old_name(new) == name)
    }

    fn is_added(&self, name: &str) -> bool {
        self.new.contains_key(name) && !self.old.contains_key(name) && !self.renamed.contains_key(name)
    }
}

impl<'a> Differ<'_, 'a> {
    /// Compares the declared schemes.
    pub(super) fn schemes(&mut self, security: &Security<'a>) {
        for (name, at) in &security.old {
            if security.is_removed(name) {
                self.log.add(&scheme_removed(name, at), []);
            }
        }
        for (name, new) in &security.new {
            match security.old.get(security.old_name(name)) {
                Some(old) => self.scheme(name, old, new),
                None => self.log.add(&scheme_added(name, new), []),
            }
        }
    }

    /// Compares what two operations ask for.
    pub(super) fn security(&mut self, number: usize, security: &Security<'a>, label: &str, old: &At<'a>, new: &At<'a>) {
        let own = |source: &Source<'a>, at: &At<'a>| at.get("security").or_else(|| source.start().get("security"));
        let declared = (own(self.old, old), own(self.new, new));
        let (mut before, mut after) =
            (ways(declared.0.as_ref(), |name| name), ways(declared.1.as_ref(), |name| security.old_name(name)));
        // Where all operations share the declaration, a difference in it is one difference.
        let shared = declared.0.as_ref().is_some_and(|at| at.pointer() == "/security");
        let label = if shared { "all operations without security of their own" } else { label };
        let places = (
            Some(declared.0.as_ref().map_or_else(|| old.pointer(), At::pointer)),
            Some(declared.1.as_ref().map_or_else(|| new.pointer(), At::pointer)),
        );
        let all_before = before.clone();
        let all_after = after.clone();
        before.retain(|way| !all_after.contains(way));
        after.retain(|way| !all_before.contains(way));
        self.scopes(number, label, &places, &mut before, &mut after);

        for way in &before {
            let covers = |new: &Way<'a>| {
                new.iter().all(|(scheme, scopes)| way.get(scheme).is_some_and(|had| scopes.is_subset(had)))
            };
            if all_after.iter().any(covers) {
                continue;
            }
            let gone: Vec<&str> = way.keys().filter(|name| security.is_removed(name)).copied().collect();
            for (name, at) in gone.iter().filter_map(|name| Some((name, security.old.get(name)?))) {
                self.log.add(&scheme_removed(name, at), [number]);
            }
            if gone.is_empty() {
                let message = match way.is_empty() {
                    true => format!("{label} now needs authentication: {}", words_of(&all_after)),
                    false => format!("{label} no longer accepts {}", words(way)),
                };
                let raw = Raw::told(
                    Kind::SecurityAlternativeRemoved,
                    (Area::Security, label),
                    places.clone(),
                    texts(Some(&words(way)), None),
                    message,
                );
                self.add(&raw, number);
            }
        }
        // Where nothing was needed, a way to authenticate is no gain.
        if all_before.iter().all(BTreeMap::is_empty) {
            return;
        }
        for way in &after {
            let added: Vec<&str> = way.keys().filter(|name| security.is_added(name)).copied().collect();
            for (name, at) in added.iter().filter_map(|name| Some((name, security.new.get(name)?))) {
                self.log.add(&scheme_added(name, at), [number]);
            }
            if added.is_empty() {
                let message = match way.is_empty() {
                    true => format!("{label} no longer needs authentication"),
                    false => format!("{label} also accepts {}", words(way)),
                };
                let raw = Raw::told(
                    Kind::SecurityAlternativeAdded,
                    (Area::Security, label),
                    places.clone(),
                    texts(None, Some(&words(way))),
                    message,
                );
                self.add(&raw, number);
            }
        }
    }

    /// Pairs ways of the same schemes, takes them out, and reports how their scopes differ: once, even if a token and
    /// OAuth ask for the same.
    fn scopes(
        &mut self,
        number: usize,
        label: &str,
        places: &(Option<String>, Option<String>),
        before: &mut Vec<Way<'a>>,
        after: &mut Vec<Way<'a>>,
    ) {
        let mut told: BTreeSet<(BTreeSet<&str>, BTreeSet<&str>)> = BTreeSet::new();
        before.retain(|old| {
            let common = |new: &Way<'a>| {
                old.iter()
                    .map(|(name, had)| new.get(name).map_or(0, |now| now.intersection(had).count()))
                    .sum::<usize>()
            };
            let same = |new: &&Way<'a>| new.keys().eq(old.keys());
            let partner = after.iter().filter(same).max_by_key(|new| common(new)).cloned();
            let Some(new) = partner else { return true };
            after.retain(|way| *way != new);
            let all = |way: &Way<'a>| way.values().flatten().copied().collect::<BTreeSet<&str>>();
            told.insert((all(old), all(&new)));
            false
        });
        for (old, new) in told {
            let list = |scopes: BTreeSet<&str>| {
                scopes.into_iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(", ")
            };
            let added = list(new.difference(&old).copied().collect());
            let removed = list(old.difference(&new).copied().collect());
            let (kind, message) = match (added.is_empty(), removed.is_empty()) {
                (false, true) => (Kind::ScopeAdded, format!("{label} now needs the scope {added}")),
                (true, false) => (Kind::ScopeRemoved, format!("{label} no longer needs the scope {removed}")),
                _ => (Kind::ScopeChanged, format!("{label} needs the scope {added} instead of {removed}")),
            };
            let values = (json!(old), json!(new));
            self.add(&Raw::told(kind, (Area::Security, label), places.clone(), values, message), number);
        }
    }

    fn scheme(&mut self, name: &str, old: &At<'a>, new: &At<'a>) {
        let docs = |at: &At<'a>| ["description", "bearerFormat"].map(|key| at.text(key));
        if docs(old) != docs(new) {
            let values = (json!(docs(old)), json!(docs(new)));
            self.log.add(&Raw::at(Kind::DocumentationChanged, both(old, new), values, "has another description"), []);
        }
        if identity(old) != identity(new) {
            let message = format!("security scheme {name} is now {} instead of {}", identity(new), identity(old));
            let values = texts(Some(&identity(old)), Some(&identity(new)));
            self.log.add(
                &Raw::told(Kind::SecuritySchemeChanged, (Area::Security, name), both(old, new), values, message),
                [],
            );
            return;
        }
        let flows = |at: &At<'a>| -> BTreeMap<&'a str, At<'a>> {
            at.get("flows")
                .map(|flows| flows.members().filter(|(name, _)| !name.starts_with("x-")).collect())
                .unwrap_or_default()
        };
        let (before, after) = (flows(old), flows(new));
        for (flow, at) in before.iter().filter(|(flow, _)| !after.contains_key(*flow)) {
            let message = format!("OAuth flow {flow} is gone");
            self.flow(Kind::OauthFlowRemoved, flow, (Some(at), None), texts(Some(flow), None), message);
        }
        for (flow, at) in after.iter().filter(|(flow, _)| !before.contains_key(*flow)) {
            let message = format!("OAuth flow {flow} is new");
            self.flow(Kind::OauthFlowAdded, flow, (None, Some(at)), texts(None, Some(flow)), message);
        }
        for (flow, old) in &before {
            let Some(new) = after.get(flow) else { continue };
            for key in ["authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl"] {
                let urls = (old.text(key), new.text(key));
                if urls.0 != urls.1 {
                    let message = format!("OAuth flow {flow} has another {key}");
                    self.flow(Kind::OauthFlowChanged, flow, (Some(old), Some(new)), texts(urls.0, urls.1), message);
                }
            }
            self.listed(flow, old, new);
        }
    }

    /// The scopes a flow lists.
    fn listed(&mut self, flow: &str, old: &At<'a>, new: &At<'a>) {
        let scopes = |at: &At<'a>| -> BTreeMap<&'a str, &'a Value> {
            at.get("scopes").map(|all| all.members().map(|(name, at)| (name, at.value)).collect()).unwrap_or_default()
        };
        let (before, after) = (scopes(old), scopes(new));
        let places = (Some(old), Some(new));
        for scope in before.keys().filter(|scope| !after.contains_key(*scope)) {
            let message = format!("OAuth flow {flow} no longer offers the scope `{scope}`");
            self.flow(Kind::OauthScopeRemoved, flow, places, texts(Some(scope), None), message);
        }
        for scope in after.keys().filter(|scope| !before.contains_key(*scope)) {
            let message = format!("OAuth flow {flow} offers the new scope `{scope}`");
            self.flow(Kind::OauthScopeAdded, flow, places, texts(None, Some(scope)), message);
        }
        if before.iter().any(|(scope, text)| after.get(scope).is_some_and(|other| other != text)) {
            let values = (json!(before), json!(after));
            let message = format!("OAuth flow {flow} describes its scopes differently");
            self.flow(Kind::DocumentationChanged, flow, places, values, message);
        }
    }

    fn flow(
        &mut self,
        kind: Kind,
        flow: &str,
        places: (Option<&At<'a>>, Option<&At<'a>>),
        values: (Value, Value),
        message: String,
    ) {
        let places = (places.0.map(At::pointer), places.1.map(At::pointer));
        self.log.add(&Raw::told(kind, (Area::Security, flow), places, values, message), []);
    }
}

/// What a scheme is, in words; two schemes of which this is the same are the same.
fn identity(at: &At<'_>) -> String {
    let kind = at.text("type").unwrap_or_default();
    match kind {
        "apiKey" => {
            let name = at.text("name").unwrap_or_default();
            let place = at.text("in").unwrap_or_default();
            // Header names have no case.
            if place == "header" {
                format!("{kind} {place} {}", name.to_lowercase())
            } else {
                format!("{kind} {place} {name}")
            }
        }
        "http" => format!("{kind} {}", at.text("scheme").unwrap_or_default().to_lowercase()),
        "openIdConnect" => format!("{kind} {}", at.text("openIdConnectUrl").unwrap_or_default()),
        other => other.to_owned(),
    }
}

fn scheme_removed(name: &str, at: &At<'_>) -> Raw {
    let message = format!("security scheme {name} ({}) is gone", identity(at));
    let values = texts(Some(name), None);
    Raw::told(Kind::SecuritySchemeRemoved, (Area::Security, name), (Some(at.pointer()), None), values, message)
}

fn scheme_added(name: &str, at: &At<'_>) -> Raw {
    let message = format!("security scheme {name} ({}) is new", identity(at));
    let values = texts(None, Some(name));
    Raw::told(Kind::SecuritySchemeAdded, (Area::Security, name), (None, Some(at.pointer())), values, message)
}

/// The alternatives of a `security`; none at all means that nobody is asked.
fn ways<'a>(declared: Option<&At<'a>>, name: impl Fn(&'a str) -> &'a str) -> Vec<Way<'a>> {
    let mut ways: Vec<Way<'a>> = Vec::new();
    for way in declared.into_iter().flat_map(At::elements) {
        let scopes = |at: At<'a>| at.elements().filter_map(|scope| scope.value.as_str()).collect();
        let way: Way<'a> = way.members().map(|(scheme, at)| (name(scheme), scopes(at))).collect();
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    if ways.is_empty() {
        ways.push(Way::new());
    }
    ways
}

fn words(way: &Way<'_>) -> String {
    let scheme = |(name, scopes): (&&str, &BTreeSet<&str>)| {
        let scopes = scopes.iter().copied().collect::<Vec<_>>().join(" ");
        if scopes.is_empty() { (*name).to_owned() } else { format!("{name} ({scopes})") }
    };
    if way.is_empty() {
        "no authentication".to_owned()
    } else {
        way.iter().map(scheme).collect::<Vec<_>>().join(" with ")
    }
}

fn words_of(ways: &[Way<'_>]) -> String {
    ways.iter().map(words).collect::<Vec<_>>().join(" or ")
}
