//! Where a scenario's own addresses may lead: asked before every request, at every redirect, and for every address
//! that a name turned out to have.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hyper::Uri;
use lanes_core::fetch::FetchError;

/// What outbound requests may reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Also this machine, its networks, and whatever else is not the public internet.
    pub allow_private: bool,
}

impl Policy {
    /// Whether this address may be asked at all, as far as can be told without resolving its name.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, url: &Uri) -> Result<(), PolicyError> {
        if !matches!(url.scheme_str(), Some("http" | "https")) {
            return Err(PolicyError::Scheme(url.clone()));
        }
        let host = url.host().unwrap_or_default();
        if host.is_empty() {
            return Err(PolicyError::NoHost(url.clone()));
        }
        // A literal address is resolved by nobody, so it is looked at here.
        match host.trim_start_matches('[').trim_end_matches(']').parse() {
            Ok(ip) => self.admit(host, ip),
            Err(_) => Ok(()),
        }
    }

    /// Whether a host that has this address may be asked.
    ///
    /// # Errors
    /// Why not, and what would allow it.
    pub fn admit(&self, host: &str, ip: IpAddr) -> Result<(), PolicyError> {
        if self.allow_private || is_public(ip) {
            return Ok(());
        }
        Err(PolicyError::NotPublic { host: host.to_owned(), ip })
    }
}

/// Why an address may not be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Another scheme.
    #[error("{0} is not an http or https address")]
    Scheme(Uri),
    /// Nobody to ask.
    #[error("{0} names no host")]
    NoHost(Uri),
    /// This machine, its networks, or whatever else is not the public internet.
    #[error(
        "{host} is {ip}, which is not on the public internet: a scenario may come from a stranger's link, so such \
         addresses are asked only with --allow-private"
    )]
    NotPublic {
        /// The name, or the address itself.
        host: String,
        /// The address that it has.
        ip: IpAddr,
    },
}

impl From<PolicyError> for FetchError {
    fn from(error: PolicyError) -> Self {
        Self::Refused(error.to_string())
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocol = a == 192 && b == 0 && c == 0;
    let benchmark = a == 198 && (b == 18 || b == 19);
    let reserved = a == 0 || a >= 240;
    !(ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || shared
        || protocol
        || benchmark
        || reserved)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let [a, b, ..] = ip.segments();
    // Of 2000::/3, what the registries hand out; not documentation, 6to4 or Teredo, which can hide any IPv4 address.
    (0x2000..0x4000).contains(&a) && !(a == 0x2001 && (b < 0x200 || b == 0xdb8)) && a != 0x2002 && a != 0x3fff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_unless_allowed() {
        let check = |url: &str| Policy::default().check(&url.parse().expect("an address")).is_ok();
        for url in ["http://93.184.216.34/", "https://a.example/", "http://[2606:4700::1111]/"] {
            assert!(check(url), "{url}");
        }
        for url in [
            "ftp://a.example/",
            "/path",
            "http://127.0.0.1:8080/",
            "http://10.1.2.3/",
            "http://192.168.0.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://100.64.0.1/",
            "http://0.0.0.0/",
            "http://255.255.255.255/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[fe80::1]/",
            "http://[fd00::1]/",
            "http://[2002:7f00:1::]/",
            "http://[64:ff9b::7f00:1]/",
        ] {
            assert!(!check(url), "{url}");
        }
        assert!(Policy { allow_private: true }.check(&"http://127.0.0.1/".parse().expect("an address")).is_ok());
    }
}
