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
    /// forms. Where a server's collection ends only its owner knows: the project that the settings name may tell it.
    pub fn read(url: &Url, project: Option<&str>) -> Self {
        let all: Vec<String> = url
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
        let page = all.iter().position(|part| part.starts_with('_'));
        let mut parts: Vec<String> = all
            .iter()
            .take(page.unwrap_or(all.len()))
            .cloned()
            .collect();
        let count = organization_parts(url, (&parts, page.is_some()), project).min(parts.len());
        let mut found = parts.get(count).cloned();
        // The repository that is called like its project: `https://dev.azure.com/{org}/_git/{project}`.
        if found.is_none() && is_cloud(url) && parts.len() == page.unwrap_or_default() {
            let mut rest = all.iter().skip(parts.len());
            let is_repository = rest
                .next()
                .is_some_and(|part| part.eq_ignore_ascii_case("_git"));
            found = rest.next().filter(|_| is_repository).cloned();
        }
        parts.truncate(count);
        Self {
            base: with_path(url, &parts),
            project: found,
        }
    }

    /// Returns where the releases of an organisation in the cloud are (docs: Releases – Get): at another host of Microsoft's.
    pub(super) fn releases(base: &Url) -> Option<Url> {
        let host = base.host_str()?;
        let is_named = base.scheme() == "https" && base.port().is_none();
        let old = host.strip_suffix(".visualstudio.com");
        let host = match old.filter(|name| !name.contains('.')) {
            Some(name) => format!("{name}.vsrm.visualstudio.com"),
            None => (host == "dev.azure.com" && base.path().len() > 1)
                .then(|| "vsrm.dev.azure.com".to_owned())?,
        };
        let mut url = base.clone();
        url.set_host(Some(&host)).ok().filter(|()| is_named)?;
        Some(url)
    }
}

/// Returns whether an address is Microsoft's own.
fn is_cloud(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "dev.azure.com" || host.ends_with(".visualstudio.com")
}

/// Returns how many parts of the path, up to a page, belong to the organisation or the collection.
fn organization_parts(
    url: &Url,
    (parts, is_page): (&[String], bool),
    project: Option<&str>,
) -> usize {
    if url.host_str() == Some("dev.azure.com") {
        return 1;
    }
    let is = |index: usize, name: &str| {
        let part = parts.get(index);
        part.is_some_and(|part| part.eq_ignore_ascii_case(name))
    };
    // Old addresses of an organisation carry a collection too, that is always called so.
    if let Some(at) = (0..parts.len()).find(|at| is(*at, "DefaultCollection")) {
        return at + 1;
    }
    if is_cloud(url) {
        return 0;
    }
    let named = project.and_then(|name| (1..parts.len()).rev().find(|at| is(*at, name)));
    match parts.len() {
        // `tfs`, the collection, the project, a team.
        3.. if is(0, "tfs") => 2,
        1.. if is_page => named.unwrap_or((parts.len() - 1).max(1)),
        2 if is(0, "tfs") => 2,
        count => named.unwrap_or(count),
    }
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

    fn read_of(text: &str, project: Option<&str>) -> (String, Option<String>) {
        let address = Address::read(&Url::parse(text).unwrap(), project);
        (address.base.to_string(), address.project)
    }

    fn read(text: &str) -> (String, Option<String>) {
        read_of(text, None)
    }

    fn place(base: &str, project: &str) -> (String, Option<String>) {
        let project = (!project.is_empty()).then(|| project.to_owned());
        (base.to_owned(), project)
    }

    #[test]
    fn a_pasted_page_of_a_project_gives_organisation_and_project() {
        let acme = |project: &str| place("https://dev.azure.com/acme/", project);
        let old = |project: &str| place("https://acme.visualstudio.com/", project);
        let table = [
            ("https://dev.azure.com/acme", acme("")),
            ("https://dev.azure.com/acme/Shop/", acme("Shop")),
            (
                "https://dev.azure.com/acme/My%20Shop/_testPlans/define?planId=4",
                acme("My Shop"),
            ),
            (
                "https://dev.azure.com/acme/Shop/Team%20A/_boards",
                acme("Shop"),
            ),
            ("https://dev.azure.com/acme/_git/Shop", acme("Shop")),
            ("https://dev.azure.com/acme/_usersSettings/tokens", acme("")),
            ("https://acme.visualstudio.com/Shop/_git/shop", old("Shop")),
            ("https://acme.visualstudio.com/Shop", old("Shop")),
            ("https://acme.visualstudio.com/_git/Shop", old("Shop")),
            (
                "https://acme.visualstudio.com/DefaultCollection/Shop/_git/shop",
                place("https://acme.visualstudio.com/DefaultCollection/", "Shop"),
            ),
        ];
        for (text, expected) in table {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn the_releases_of_an_organisation_are_at_a_host_of_their_own() {
        let of = |text: &str| Some(Address::releases(&Url::parse(text).unwrap())?.to_string());
        let found = |text: &str| Some(text.to_owned());
        let table = [
            (
                "https://dev.azure.com/acme/",
                found("https://vsrm.dev.azure.com/acme/"),
            ),
            (
                "https://acme.visualstudio.com/",
                found("https://acme.vsrm.visualstudio.com/"),
            ),
            ("https://dev.azure.com/", None),
            ("http://dev.azure.com/acme/", None),
            ("https://dev.azure.com:8443/acme/", None),
            ("https://acme.vsrm.visualstudio.com/", None),
            ("https://tfs.acme.example/tfs/Main/", None),
            ("https://dev.azure.com.example/acme/", None),
        ];
        for (text, expected) in table {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn the_prefix_and_the_collection_of_a_server_are_kept() {
        let main = |project: &str| place("https://tfs.acme.example:8443/tfs/Main/", project);
        let table = [
            ("/tfs/Main", main("")),
            ("/tfs/Main/Shop", main("Shop")),
            ("/tfs/Main/Shop/_testManagement", main("Shop")),
            ("/tfs/Main/Shop/Team%20A/_testManagement", main("Shop")),
            (
                "/tfs/Shop/_workitems",
                place("https://tfs.acme.example:8443/tfs/", "Shop"),
            ),
            (
                "/DefaultCollection/My%20Shop",
                place(
                    "https://tfs.acme.example:8443/DefaultCollection/",
                    "My Shop",
                ),
            ),
            (
                "/devops/Main",
                place("https://tfs.acme.example:8443/devops/Main/", ""),
            ),
            (
                "/Main/_settings",
                place("https://tfs.acme.example:8443/Main/", ""),
            ),
        ];
        for (path, expected) in table {
            let text = format!("https://tfs.acme.example:8443{path}");
            assert_eq!(read(&text), expected, "{text}");
        }
    }

    #[test]
    fn the_project_that_the_settings_name_tells_where_the_collection_ends() {
        let of = |path: &str| read_of(&format!("https://ado.acme.example{path}"), Some("Shop"));
        let main = place("https://ado.acme.example/Main/", "Shop");
        for path in ["/Main/Shop", "/Main/shop/Team/_boards"] {
            let (base, project) = of(path);
            assert_eq!(base, main.0, "{path}");
            assert!(project.unwrap().eq_ignore_ascii_case("Shop"), "{path}");
        }
        assert_eq!(
            of("/devops/Main"),
            place("https://ado.acme.example/devops/Main/", "")
        );
        assert_eq!(of("/Shop"), place("https://ado.acme.example/Shop/", ""));
    }
}
