//! One HTTP request for one action, at most once.
//!
//! What a repository says decides where a request goes, so it is hostile: redirects are
//! not followed, the host must be one of those listed for the secret, and addresses of
//! the machine itself or of its private networks are refused unless they were allowed.
//! The address may be a secret; no message here repeats it.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Connector, DefaultConnector, NextTimeout};
use ureq::{Agent, config::Config};

use super::address;
use super::written::Written;

/// How long a request may take in all.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a host may take to take a connection when it is only asked whether it does.
const PROBE: Duration = Duration::from_secs(5);

/// A request.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Where to: the value behind a secret's name, or a plain address.
    pub url: &'a str,
    /// What kind of bytes is sent: the header `content-type`.
    pub content: &'a str,
    /// What is sent.
    pub body: &'a str,
    /// The action's key, by which a receiver can tell a repetition.
    pub key: &'a str,
    /// Hosts that may be reached; empty for a plain address, which names its own.
    pub hosts: &'a [String],
    /// Whether private addresses may be reached.
    pub allow_private: bool,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The receiver took it: the status.
    Taken(u16),
    /// The receiver refused it: the status.
    Refused(u16),
    /// It never left, or was turned away before anything was sent: why.
    Unsent(String),
    /// It was sent, and no answer came: perhaps it was taken.
    Unknown(String),
}

/// Posts the request.
pub fn post(request: &Request<'_>) -> Answer {
    let uri = match uri(request) {
        Ok(uri) => uri,
        Err(why) => return Answer::Unsent(why),
    };
    let written = Written::default();
    let sent = agent(request.allow_private, &written)
        .post(uri)
        .header("content-type", request.content)
        .header("idempotency-key", request.key)
        .header("user-agent", concat!("annals/", env!("CARGO_PKG_VERSION")))
        .send(request.body);
    match sent {
        Ok(response) => {
            let status = response.status();
            if status.is_success() {
                Answer::Taken(status.as_u16())
            } else {
                Answer::Refused(status.as_u16())
            }
        }
        Err(fault) if written.is_anything() => Answer::Unknown(words(&fault)),
        Err(fault) => Answer::Unsent(words(&fault)),
    }
}

/// Why `request` would not be sent, as far as nothing has to be asked of a network.
///
/// # Errors
///
/// Why it would not.
pub fn check(request: &Request<'_>) -> Result<(), String> {
    uri(request).map(|_| ())
}

/// Whether the host of `request` takes connections; nothing is sent.
///
/// # Errors
///
/// Why it takes none.
pub fn probe(request: &Request<'_>) -> Result<(), String> {
    let uri = uri(request)?;
    let usual = if uri.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found = (host, uri.port_u16().unwrap_or(usual)).to_socket_addrs();
    let found = found.map_err(|_| "the host was not found".to_owned())?;
    let connects = |address: &SocketAddr| TcpStream::connect_timeout(address, PROBE).is_ok();
    let mut reachable =
        found.filter(|found| request.allow_private || address::is_public(found.ip()));
    if reachable.any(|address| connects(&address)) {
        Ok(())
    } else {
        Err("no connection".to_owned())
    }
}

fn uri(request: &Request<'_>) -> Result<Uri, String> {
    let uri: Uri = request
        .url
        .parse()
        .map_err(|_| "the address is not one".to_owned())?;
    allowed(&uri, request.hosts)?;
    let host = uri.host().unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse();
    if let Ok(literal) = literal
        && !request.allow_private
        && !address::is_public(literal)
    {
        return Err(NotPublic.to_string());
    }
    Ok(uri)
}

fn allowed(uri: &Uri, hosts: &[String]) -> Result<(), String> {
    let scheme = uri.scheme_str().unwrap_or_default();
    if !matches!(scheme, "http" | "https") {
        return Err("the address is neither http nor https".to_owned());
    }
    let host = uri.host().unwrap_or_default();
    let listed = hosts.is_empty() || hosts.iter().any(|known| known.eq_ignore_ascii_case(host));
    if listed {
        Ok(())
    } else {
        Err("the address leads to a host that `environment` does not list for it".to_owned())
    }
}

const UNTRUSTED: &str = "the host's certificate was not accepted";

/// What went wrong, without the address.
fn words(fault: &ureq::Error) -> String {
    let words = match fault {
        ureq::Error::HostNotFound => "the host was not found",
        ureq::Error::Other(fault) if fault.is::<NotPublic>() => return fault.to_string(),
        ureq::Error::ConnectionFailed => "no connection",
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => {
            "the connection was refused"
        }
        // What rustls finds wrong while it shakes hands comes as data that it cannot take.
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::InvalidData => UNTRUSTED,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => UNTRUSTED,
        ureq::Error::Timeout(_) => "no answer in time",
        _ => "the connection broke off",
    };
    words.to_owned()
}

fn agent(allow_private: bool, written: &Written) -> Agent {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(PATIENCE))
        .build();
    Agent::with_parts(
        config,
        DefaultConnector::default().chain(written.clone()),
        Guarded {
            allow_private,
            inner: DefaultResolver::default(),
        },
    )
}

/// All addresses of a host are refused.
#[derive(Debug, thiserror::Error)]
#[error("the host's addresses are private or reserved")]
struct NotPublic;

/// Resolves names, and keeps what leads into private networks to itself. It looks at the
/// addresses that are then connected to, so a name cannot answer differently in between.
#[derive(Debug)]
struct Guarded {
    allow_private: bool,
    inner: DefaultResolver,
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        // Nothing was sent to a host whose name could not be resolved, for whatever reason.
        let all = self.inner.resolve(uri, config, timeout);
        let all = all.map_err(|_| ureq::Error::HostNotFound)?;
        let mut kept = self.empty();
        for address in all
            .iter()
            .filter(|address| self.allow_private || address::is_public(address.ip()))
        {
            kept.push(*address);
        }
        if kept.is_empty() && !all.is_empty() {
            Err(ureq::Error::Other(Box::new(NotPublic)))
        } else if kept.is_empty() {
            Err(ureq::Error::HostNotFound)
        } else {
            Ok(kept)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request<'a>(url: &'a str, hosts: &'a [String]) -> Request<'a> {
        Request {
            url,
            content: "application/json",
            body: "{}",
            key: "k",
            hosts,
            allow_private: false,
        }
    }

    #[test]
    fn the_machine_itself_is_not_reached_unless_allowed() {
        for url in [
            "http://127.0.0.1:9/",
            "http://localhost:9/",
            "http://[::1]:9/",
            "http://10.0.0.1/",
            "http://169.254.169.254/",
            "http://[::ffff:127.0.0.1]/",
            // One address in the spellings that resolvers take.
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://0/",
            "http://hooks.example.com@127.0.0.1/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
        ] {
            let answer = post(&request(url, &[]));
            assert_eq!(
                answer,
                Answer::Unsent("the host's addresses are private or reserved".into()),
                "{url}"
            );
        }
    }

    #[test]
    fn only_listed_hosts_are_reached_and_no_message_repeats_the_address() {
        let hosts = ["hooks.example.com".to_owned()];
        let Answer::Unsent(why) = post(&request("https://evil.example/secret-token", &hosts))
        else {
            panic!("sent")
        };
        assert!(
            !why.contains("secret-token") && !why.contains("evil"),
            "{why}"
        );
    }
}
