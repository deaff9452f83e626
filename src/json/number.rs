//! Numbers as JSON writes them. In a browser both directions are JavaScript's own: Rust's tables for them would be an eighth of what
//! a page has to download.

/// What a valid JSON number says.
pub(super) fn parse(text: &str) -> f64 {
    // Whole numbers and short fractions, which most are: both the digits and the power of ten are exact, and so their quotient is the nearest number
    // (Clinger 1990).
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (mut value, mut power, mut is_plain) = (0.0, 0.0, digits.len() < 17);
    for byte in digits.bytes() {
        match byte {
            b'0'..=b'9' => {
                value = value * 10.0 + f64::from(byte - b'0');
                power *= 10.0;
            }
            b'.' => power = 1.0,
            _ => is_plain = false,
        }
    }
    if !is_plain || power == 0.0 && digits.len() > 15 {
        return platform::parse(text);
    }
    let value = if power > 0.0 { value / power } else { value };
    if digits.len() < text.len() { -value } else { value }
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

        #[test]
        fn short_numbers_are_read_as_all_are(text in "-?(0|[1-9][0-9]{0,17})([.][0-9]{1,17})?(e[0-9])?") {
            prop_assert_eq!(parse(&text).to_bits(), text.parse::<f64>().expect("a number").to_bits(), "{}", text);
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
