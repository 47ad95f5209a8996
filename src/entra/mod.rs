//! Tokens of Microsoft Entra for Azure DevOps, which hold for an hour or so: the steps that get one, each with a name.
//!
//! Nothing is tried that nobody asked for: [`Chain::plan`] takes the steps that the settings name and that are set up here, in one
//! order for all. The first that is at home decides; when it is refused, no other is tried in its place. Where Entra is comes from
//! the environment or a flag, never from a committed file.

mod assertion;
mod authority;
mod az;
mod chain;
mod device;
mod failed;
mod managed;
mod principal;
mod token;
mod ways;

pub use assertion::end_of;
pub use authority::{Authority, NoAuthority, named};
pub use chain::{Chain, Setup};
pub use device::{Code, Device, DeviceLogin};
pub use ways::Ways;

/// Looks a variable of the environment up.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Azure DevOps as Entra knows it, in every cloud.
pub const RESOURCE: &str = "499b84ac-1321-427f-aa17-267ca6975798";

/// A step of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// In exchange for the token by which a CI says which job this is.
    Federation,
    /// From the machine itself.
    ManagedIdentity,
    /// With an application's secret or certificate.
    ServicePrincipal,
    /// From the Azure CLI.
    Az,
    /// By a person in a browser, once.
    Device,
}

impl Step {
    /// Returns the name of the step, as settings and messages have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Federation => "federation",
            Self::ManagedIdentity => "managed-identity",
            Self::ServicePrincipal => "service-principal",
            Self::Az => "az",
            Self::Device => "device",
        }
    }
}

#[cfg(test)]
mod tests;
