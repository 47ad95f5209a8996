#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    handin_fuzz::check(bytes);
    handin_fuzz::check_inside("<list><executionEntry>", bytes);
});
