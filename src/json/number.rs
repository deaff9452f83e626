//! Numbers as JSON writes them. In a browser both directions are JavaScript's own: Rust's tables for them would be an eighth of what
//! a page has to download.

/// What a valid JSON number says.
pub(super) fn parse(text: &str) -> f64 {
    // Whole numbers, which most are.
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.len() < 16 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let value = digits.bytes().fold(0.0, |value, digit| value * 10.0 + f64::from(digit - b'0'));
        return if digits.len() < text.len() { -value } else { value };
    }
    platform::parse(text)
}

/// A finite number as JSON: the shortest text that means it.
pub fn number(value: f64) -> String {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.abs() < EXACT && value == libm::trunc(value) {
        return (value as i64).to_string();
    }
    platform::format(value)
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod platform {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_name = Number)]
        pub(super) fn parse(text: &str) -> f64;

        #[wasm_bindgen(js_name = String)]
        pub(super) fn format(value: f64) -> String;
    }
}

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
mod platform {
    pub(super) fn parse(text: &str) -> f64 {
        text.parse().unwrap_or(f64::NAN)
    }

    pub(super) fn format(value: f64) -> String {
        format!("{value:?}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value in prop_oneof![prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL, (-1e6..1e6_f64).prop_map(f64::trunc)]) {
            prop_assert_eq!(parse(&number(value)), value, "{}", number(value));
        }
    }

    #[test]
    fn whole_numbers_have_no_point() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (3.0, "3"),
            (-12.5, "-12.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e-7, "1e-7"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
