//! Where deliveries go, and where they never do.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::Uri;

/// The address of an endpoint that something can be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// Whom to connect to.
    pub host: Host,
    /// At which port.
    pub port: u16,
    /// What the header `Host` says.
    pub authority: String,
    /// The path, with the query.
    pub target: String,
}

/// Whom to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// An address of the internet protocol.
    Ip(IpAddr),
    /// This machine, whatever a resolver says of the name.
    Localhost,
    /// A name, to be resolved.
    Name(String),
}

/// Domains that nobody has: they are kept for tests and examples (RFC 2606, RFC 6761).
const RESERVED: [&str; 6] = ["invalid", "test", "example", "example.com", "example.org", "example.net"];

impl Address {
    /// Reads the address of an endpoint.
    ///
    /// # Errors
    /// Why nothing is ever sent there, in words.
    pub fn parse(url: &str) -> Result<Self, String> {
        let no_address = || format!("`{url}` is no address that anything can be sent to.");
        let uri: Uri = url.parse().map_err(|_| no_address())?;
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(no_address()),
        };
        let host = Host::parse(uri.host().filter(|host| !host.is_empty()).ok_or_else(no_address)?);
        if !encrypted && !host.is_loopback() {
            return Err(format!("Without encryption nothing is sent to other machines than this one, such as {host}."));
        }
        if let Host::Name(name) = &host
            && let Some(domain) = reserved(name)
        {
            return Err(format!("Nothing is sent to {name}: the domain `{domain}` is kept for tests and examples."));
        }
        let usual = if encrypted { 443 } else { 80 };
        let port = port(&uri).ok_or_else(no_address)?.unwrap_or(usual);
        let name = uri.host().unwrap_or_default();
        let authority = if port == usual { name.to_owned() } else { format!("{name}:{port}") };
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        Ok(Self { encrypted, host, port, authority, target: target.to_owned() })
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        self.host.is_loopback()
    }
}

impl Host {
    fn parse(text: &str) -> Self {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        match bare.parse() {
            Ok(ip) => Self::Ip(ip),
            Err(_) if text.trim_end_matches('.').eq_ignore_ascii_case("localhost") => Self::Localhost,
            Err(_) => Self::Name(text.to_owned()),
        }
    }

    fn is_loopback(&self) -> bool {
        match self {
            Self::Ip(ip) => ip.is_loopback(),
            Self::Localhost => true,
            Self::Name(_) => false,
        }
    }

    /// The addresses that it stands for, where no resolver has to be asked.
    pub fn known(&self) -> Option<Vec<IpAddr>> {
        match self {
            Self::Ip(ip) => Some(vec![*ip]),
            Self::Localhost => Some(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]),
            Self::Name(_) => None,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Localhost => f.write_str("localhost"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// Whether a text is the address of something: it names a host, and no port that there cannot be.
pub fn is_address(url: &str) -> bool {
    let names_host = |uri: &Uri| uri.host().is_some_and(|host| !host.is_empty());
    url.parse().is_ok_and(|uri| names_host(&uri) && port(&uri).is_some())
}

/// The port that an address names, if it names one; none if there is no such port.
fn port(uri: &Uri) -> Option<Option<u16>> {
    let authority = uri.authority()?.as_str();
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    match place.strip_prefix(uri.host()?)? {
        "" | ":" => Some(None),
        port => port.strip_prefix(':')?.parse().ok().filter(|port| *port != 0).map(Some),
    }
}

/// Whether an address is an unencrypted one of this machine: what the mock takes though the document asks for HTTPS.
pub fn is_plain_loopback(url: &str) -> bool {
    Address::parse(url).is_ok_and(|address| !address.encrypted && address.is_loopback())
}

/// The reserved domain that a name is or lies in.
fn reserved(name: &str) -> Option<&'static str> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let lies_in = |domain: &&str| name.strip_suffix(*domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    RESERVED.into_iter().find(|domain| lies_in(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_and_a_port_that_there_can_be_make_an_address() {
        for (url, port) in [
            ("http://127.0.0.1:8080/hook", 8080),
            ("http://127.0.0.1/", 80),
            ("https://partner.co:/", 443),
            ("https://user:pass@partner.co:65535/", 65_535),
            ("http://[::1]:1/", 1),
        ] {
            assert!(is_address(url), "{url}");
            assert_eq!(Address::parse(url).map(|address| address.port), Ok(port), "{url}");
        }
        for url in [
            "http://127.0.0.1:99999/hook",
            "http://127.0.0.1:65536/",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:80a/",
            "https://",
            "https:///hook",
            "https://:443/",
            "/hook",
        ] {
            assert!(!is_address(url) && Address::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn without_encryption_only_this_machine_is_told() {
        for url in ["http://127.0.0.1:8080/hook", "http://127.9.9.9", "http://[::1]:80/a?b=c", "http://LOCALHOST:3000/"]
        {
            assert!(is_plain_loopback(url), "{url}");
        }
        for url in [
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "http://169.254.169.254/latest",
            "http://[::ffff:127.0.0.1]/",
            "http://[::]/",
            "http://partner.co/",
            "http://127.0.0.1.nip.io/",
            "http://localhost.partner.co/",
            "http://localhost@partner.co/",
            "http://127.1/",
            "http://2130706433/",
            "http://",
            "//localhost/",
            "localhost:80",
            "/hook",
            "ftp://localhost/",
            "",
        ] {
            assert!(Address::parse(url).is_err(), "{url}");
        }
        assert!(!is_plain_loopback("https://127.0.0.1/"));
    }

    #[test]
    fn with_encryption_any_machine_is_told_but_for_names_that_nobody_has() {
        for url in ["https://partner.co/hook", "https://10.0.0.1:8443", "https://myexample.com/", "https://example.co/"]
        {
            assert!(Address::parse(url).is_ok(), "{url}");
        }
        for url in [
            "https://hooks.harbour.invalid/doors",
            "https://INVALID/",
            "https://a.test./",
            "https://bridge.example/hooks",
            "https://example.com",
            "https://hooks.Example.ORG/",
            "https://example.net:8443/",
        ] {
            let refused = Address::parse(url).unwrap_err();
            assert!(refused.contains("is kept for tests and examples"), "{refused}");
        }
    }

    #[test]
    fn an_address_says_whom_to_connect_to_and_what_to_ask_for() {
        let address = Address::parse("http://127.0.0.1:8080/hook?a=b#c").unwrap();
        assert_eq!(address.host.known(), Some(vec![IpAddr::from([127, 0, 0, 1])]));
        assert_eq!((address.port, &*address.authority, &*address.target), (8080, "127.0.0.1:8080", "/hook?a=b"));
        let address = Address::parse("https://[2001:db8::1]").unwrap();
        assert_eq!((address.port, &*address.authority, &*address.target), (443, "[2001:db8::1]", "/"));
        assert_eq!(address.host, Host::Ip("2001:db8::1".parse().unwrap()));
        // A resolver that leads the name elsewhere is not asked.
        let local = Address::parse("http://localhost/").unwrap();
        assert!(local.host.known().unwrap().iter().all(IpAddr::is_loopback));
        assert_eq!(Address::parse("https://partner.co/").unwrap().host.known(), None);
    }
}
