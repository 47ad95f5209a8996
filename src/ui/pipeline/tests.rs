use super::*;

fn hostile() -> Annotation {
    Annotation {
        gravity: Gravity::Error,
        text: "a\n::set-output name=x::y % ] ##vso[task.complete]".to_owned(),
        place: Some(("a,b;c].toml".to_owned(), 3)),
    }
}

#[test]
fn a_text_cannot_begin_a_command_of_its_own() {
    assert_eq!(
        github::annotation(&hostile()),
        "::error file=a%2Cb;c].toml,line=3::a%0A::set-output name=x::y %25 ] # #vso[task.complete]"
    );
    assert_eq!(
        azure::annotation(&hostile()),
        "##vso[task.logissue type=error;sourcepath=a,b%3Bc%5D.toml;linenumber=3]a%0A::set-output name=x::y %AZP25 ] # #vso[task.complete]"
    );
}

#[test]
fn an_output_is_one_line_whatever_it_holds() {
    let output = (
        "url".to_owned(),
        "https://a\nexit_code=0\r\n##vso[x]%".to_owned(),
    );
    assert_eq!(
        azure::variable(&output),
        "##vso[task.setvariable variable=url;isOutput=true]https://a%0Aexit_code=0%0A# #vso[x]%AZP25"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("outputs");
    github::give(&file, &[output]).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
}
