//! The ways to those who give out tokens.

use std::time::Duration;

use super::Authority;
use crate::transport::{Clock, Limits, Proxies, Random, RetryPolicy, Transport, TransportOptions};

/// How long a connection to a metadata service may take: it is on this machine, or there is none.
const NEAR: Duration = Duration::from_millis(1500);

/// The ways to those who give out tokens, and what tells the time.
#[derive(Debug, Clone)]
pub struct Ways {
    pub(super) authority: Authority,
    /// To Entra and to a CI.
    pub(super) far: Transport,
    /// To this machine, around every proxy.
    pub(super) near: Transport,
    pub(super) options: TransportOptions,
}

impl Ways {
    /// Returns the ways over a network without a credential.
    pub fn new(network: &TransportOptions, authority: Authority) -> Self {
        let retry = RetryPolicy {
            tries: 3,
            base: Duration::from_millis(300),
            ..network.retry
        };
        let limits = Limits {
            connect: Duration::from_secs(4),
            ..network.limits
        };
        let bare = TransportOptions {
            authorization: None,
            renewal: None,
            origin: None,
            // What is answered is secret.
            witness: None,
            retry,
            limits,
            ..network.clone()
        };
        let near = TransportOptions {
            proxy: Proxies::default(),
            limits: Limits {
                connect: NEAR,
                ..limits
            },
            retry: RetryPolicy { tries: 2, ..retry },
            ..bare.clone()
        };
        Self {
            authority,
            far: Transport::new(bare),
            near: Transport::new(near),
            options: network.clone(),
        }
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.options.clock
    }

    pub(super) fn random(&self) -> &Random {
        &self.options.random
    }
}
