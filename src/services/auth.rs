//! How a service is signed in to where no token is given: what the settings say of it.

use crate::keys::{Choice as _, Origin, Reader, choice};

choice! {
    /// How a token of Microsoft Entra may be got.
    AuthStep {
        /// In exchange for the token by which a CI says which job this is.
        Federation = "federation",
        /// From the machine itself.
        ManagedIdentity = "managed-identity",
        /// With an application's secret or certificate.
        ServicePrincipal = "service-principal",
        /// From the Azure CLI.
        Az = "az",
    }
}

/// The settings `[azure.auth]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthSettings {
    /// What may be used, in the order in which it is tried.
    pub steps: Vec<AuthStep>,
    /// The tenant.
    pub tenant: Option<Given>,
    /// The application.
    pub client: Option<Given>,
    /// The service connection of Azure Pipelines.
    pub service_connection: Option<Given>,
    /// Where Entra is, when it is not where it usually is.
    pub authority: Option<String>,
}

/// A text, and who gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The text.
    pub text: String,
    /// Who gave it.
    pub origin: Origin,
}

impl AuthSettings {
    /// Reads them.
    pub(super) fn read(reader: &mut Reader) -> Self {
        let named = reader.texts("azure.auth.use");
        let mut steps: Vec<AuthStep> = Vec::new();
        let words = named.iter().flat_map(|text| text.split(','));
        for word in words.map(str::trim).filter(|word| !word.is_empty()) {
            if let Some(step) = AuthStep::from_word(word) {
                steps.push(step);
                continue;
            }
            let known: Vec<String> = AuthStep::WORDS
                .iter()
                .map(|word| format!("`{word}`"))
                .collect();
            let message = format!(
                "`azure.auth.use` cannot hold `{word}`, expected {}",
                known.join(", ")
            );
            reader.problem("azure.auth.use", message);
        }
        // The order is one for all: whoever lists them says which, not when.
        steps.sort_by_key(|step| *step as u8);
        steps.dedup();
        let given = |path: &str| {
            let text = reader.given(path)?.trim().to_owned();
            let origin = reader.layers.origin(path);
            Some(Given { text, origin })
        };
        Self {
            steps,
            tenant: given("azure.auth.tenant"),
            client: given("azure.auth.client_id"),
            service_connection: given("azure.auth.service_connection"),
            authority: reader.given("azure.auth.authority"),
        }
    }
}
