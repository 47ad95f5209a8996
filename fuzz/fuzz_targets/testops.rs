#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    handin_fuzz::check(bytes);
    handin_fuzz::check_inside(r#"{"results":[{"uuid":"1","parentUuid":"2","suiteName":"s","#, bytes);
});
