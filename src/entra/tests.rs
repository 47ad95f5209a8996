use super::Authority;
use super::device::DeviceLogin;
use crate::secret::Secret;

#[test]
fn a_device_login_is_read_back_as_it_was_kept() {
    let login = DeviceLogin {
        authority: Authority::read(None).unwrap(),
        tenant: "contoso".to_owned(),
        client: "an-application".to_owned(),
        refresh: Secret::token("what-renews-it").unwrap(),
    };
    assert!(!format!("{login:?}").contains("what-renews-it"));
    let again = DeviceLogin::read(&login.text()).unwrap();
    assert_eq!(again.refresh.expose(), "what-renews-it");
    let of = |it: &DeviceLogin| {
        (
            it.authority.text().to_owned(),
            it.tenant.clone(),
            it.client.clone(),
        )
    };
    assert_eq!(of(&again), of(&login));
    assert!(DeviceLogin::read("a personal access token").is_none());
    assert!(DeviceLogin::read("{}").is_none());
}
