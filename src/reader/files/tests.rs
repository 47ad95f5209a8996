//! What comes through the door, and what does not.

use super::*;

#[expect(
    clippy::disallowed_methods,
    reason = "a file of a test needs no atomic write"
)]
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

#[test]
fn what_the_system_tells_and_what_git_keeps_is_off_limits() {
    for path in [
        "/proc/self/environ",
        "/sys/kernel/x",
        "/dev/mem",
        "/w/.git/config",
        "/w/a/.GIT/config",
        "/w/.git. /config",
        "/w/GIT~1/config",
        "/w/sub/.git",
        "/w/.g\u{200c}it/config",
        "/w/.git::$INDEX_ALLOCATION/config",
    ] {
        assert!(is_off_limits(Path::new(path)), "{path}");
    }
    for path in ["/w/.github/x", "/w/a.git/x", "/w/process/x", "/w/r.xml"] {
        assert!(!is_off_limits(Path::new(path)), "{path}");
    }
}

#[test]
fn what_git_keeps_under_another_name_is_off_limits_too() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["bare/objects", "bare/refs", "bare/worktrees/a", "ours"] {
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    for name in ["bare/HEAD", "ours/HEAD"] {
        write(&folder.path().join(name), "ref: refs/heads/main");
    }
    for name in ["bare/config", "bare/worktrees/a/config.worktree"] {
        assert!(is_kept_by_git(&folder.path().join(name)), "{name}");
    }
    assert!(!is_kept_by_git(&folder.path().join("ours/r.xml")));
    assert!(!is_kept_by_git(&folder.path().join("r.xml")));
}

#[cfg(unix)]
#[test]
fn a_new_file_is_made_over_no_link_on_the_way() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere", folder.path().join(".github")).unwrap();
    let error = create_below(folder.path(), Path::new(".github/workflows/a.yml")).unwrap_err();
    assert!(error.to_string().contains("`.github` is a link"), "{error}");
    assert!(create_below(folder.path(), Path::new("../a.yml")).is_err());
    create_below(folder.path(), Path::new("a/b/c.yml")).unwrap();
    assert!(create_below(folder.path(), Path::new("a/b/c.yml")).is_err());
}

#[cfg(unix)]
#[test]
fn a_file_that_was_swapped_after_the_look_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.txt");
    write(&path, "harmless");
    let known = KnownFile::at(&path).unwrap();
    let secret = folder.path().join("secret");
    write(&secret, "secret");
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&secret, &path).unwrap();
    let error = known.open().unwrap_err();
    assert!(error.to_string().contains("another file"), "{error}");
}

#[cfg(unix)]
#[test]
fn no_more_is_read_than_was_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.txt");
    write(&path, "four");
    let known = KnownFile::at(&path).unwrap();
    let mut more = OpenOptions::new().append(true).open(&path).unwrap();
    io::Write::write_all(&mut more, b" and more").unwrap();
    let mut text = String::new();
    known.open().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "four");
}

#[cfg(unix)]
#[test]
fn no_step_below_a_folder_is_made_over_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root").canonicalize();
    assert!(root.is_err());
    let root = folder.path().canonicalize().unwrap().join("root");
    std::fs::create_dir_all(root.join("in")).unwrap();
    std::fs::create_dir(folder.path().join("out")).unwrap();
    write(&root.join("in/a"), "a");
    write(&folder.path().join("out/a"), "secret");
    assert!(open_below(&root, &root.join("in/a")).is_ok());
    // What was a folder at the look is a link by now.
    std::fs::rename(root.join("in"), root.join("was")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("out"), root.join("in")).unwrap();
    assert!(open_below(&root, &root.join("in/a")).is_err());
    assert!(open_below(&root, &folder.path().join("out/a")).is_err());
    assert!(open_below(&root, &root.join("../out/a")).is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn what_the_kernel_tells_is_refused_wherever_it_stands() {
    let root = Path::new("/").canonicalize().unwrap();
    let error = open_below(&root, Path::new("/proc/version")).unwrap_err();
    assert!(error.to_string().contains("the system itself"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_at_once_and_a_named_one_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    assert!(open(&pipe).is_err());
    assert!(KnownFile::at(&pipe).is_err());
    assert!(open_to_append(&pipe).is_err());
    let error = read_named(&pipe, 10, &Patience::new(|| Some(Stop::Deadline))).unwrap_err();
    assert_eq!(Stop::of(&error), Some(Stop::Deadline));
    let writer = pipe.clone();
    let thread = std::thread::spawn(move || write(&writer, "token"));
    assert_eq!(
        read_named(&pipe, 10, &Patience::default()).unwrap(),
        b"token"
    );
    thread.join().unwrap();
}

#[cfg(unix)]
#[test]
fn what_is_made_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let folder = private_folder().unwrap();
    assert_eq!(mode(folder.path()), 0o700);
    let file = folder.path().join("a");
    create_private(&file).unwrap();
    assert_eq!(mode(&file), 0o600);
    assert!(create_private(&file).is_err(), "there is one already");
}

#[cfg(unix)]
#[test]
fn nothing_is_appended_over_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("profile"), folder.path().join("journal"));
    write(&target, "");
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let error = open_to_append(&link).unwrap_err();
    assert!(error.to_string().contains("link"), "{error}");
}

#[test]
fn a_file_that_is_given_the_number_of_one_that_is_gone_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    write(&path, "looked at");
    if path.metadata().unwrap().created().is_err() {
        return;
    }
    let known = KnownFile::at(&path).unwrap();
    assert!(known.open().is_ok());
    for _ in 0..20 {
        std::fs::remove_file(&path).unwrap();
        write(&path, "another one");
        assert!(known.open().is_err() || cfg!(not(unix)));
    }
}
