//! Where the service is: an organisation in the cloud, or a collection on a server.

use url::Url;

/// What a pasted address says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The organisation or collection, with a slash at its end.
    pub base: Url,
    /// The project, where the address names one.
    pub project: Option<String>,
}

impl Address {
    /// Reads an address as people paste it: of an organisation, a collection, a project, or any page of a project.
    ///
    /// `https://dev.azure.com/{org}`, `https://{org}.visualstudio.com` and `https://host[:port][/tfs]/{Collection}` are known
    /// forms; of a server's address everything up to a page (`/_…`) is kept, because only its owner knows where the
    /// collection ends.
    pub fn read(url: &Url) -> Self {
        let mut parts: Vec<String> = url
            .path_segments()
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .map(|part| {
                percent_encoding::percent_decode_str(part)
                    .decode_utf8_lossy()
                    .into_owned()
            })
            .collect();
        let page = parts.iter().position(|part| part.starts_with('_'));
        parts.truncate(page.unwrap_or(parts.len()));
        let organization = match organization_parts(url) {
            Some(count) => count.min(parts.len()),
            // A page below a collection's project has at least a collection and a project before it.
            None if page.is_some() && parts.len() >= 2 => parts.len() - 1,
            None => parts.len(),
        };
        let project = parts.get(organization).cloned();
        parts.truncate(organization);
        Self {
            base: with_path(url, &parts),
            project,
        }
    }
}

/// Returns how many parts of the path belong to the organisation, for Microsoft's own hosts.
fn organization_parts(url: &Url) -> Option<usize> {
    match url.host_str()? {
        "dev.azure.com" => Some(1),
        host if host.ends_with(".visualstudio.com") => {
            Some(usize::from(path_begins_with_default_collection(url)))
        }
        _ => None,
    }
}

/// Old addresses carry a collection that is always the same: `https://{org}.visualstudio.com/DefaultCollection/{project}`.
fn path_begins_with_default_collection(url: &Url) -> bool {
    url.path_segments()
        .and_then(|mut parts| parts.next())
        .is_some_and(|part| part.eq_ignore_ascii_case("DefaultCollection"))
}

fn with_path(url: &Url, parts: &[String]) -> Url {
    let mut base = url.clone();
    base.set_query(None);
    base.set_fragment(None);
    // An https or http address has a path.
    if let Ok(mut path) = base.path_segments_mut() {
        path.clear().extend(parts).push("");
    }
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Option<String>) {
        let address = Address::read(&Url::parse(text).unwrap());
        (address.base.to_string(), address.project)
    }

    #[test]
    fn a_pasted_page_of_a_project_gives_organisation_and_project() {
        let acme = "https://dev.azure.com/acme/".to_owned();
        assert_eq!(read("https://dev.azure.com/acme"), (acme.clone(), None));
        assert_eq!(
            read("https://dev.azure.com/acme/My%20Shop/_testPlans/define?planId=4"),
            (acme, Some("My Shop".to_owned()))
        );
        let old = "https://acme.visualstudio.com/".to_owned();
        assert_eq!(
            read("https://acme.visualstudio.com/Shop/_git/shop"),
            (old, Some("Shop".to_owned()))
        );
    }

    #[test]
    fn the_prefix_and_the_collection_of_a_server_are_kept() {
        let base = "https://tfs.acme.example:8443/tfs/Main/".to_owned();
        assert_eq!(
            read("https://tfs.acme.example:8443/tfs/Main"),
            (base.clone(), None)
        );
        assert_eq!(
            read("https://tfs.acme.example:8443/tfs/Main/Shop/_testManagement"),
            (base, Some("Shop".to_owned()))
        );
    }
}
