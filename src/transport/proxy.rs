//! Which request goes through which proxy.

/// Which request goes through which proxy. The default: none.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    direct: bool,
}

impl Proxies {
    pub(super) fn apply(
        &self,
        builder: reqwest::blocking::ClientBuilder,
    ) -> reqwest::blocking::ClientBuilder {
        if self.direct {
            builder
        } else {
            builder.no_proxy()
        }
    }
}
