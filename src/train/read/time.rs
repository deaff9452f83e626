/// A time as files have it: a number, or a date in ISO 8601, then in seconds since 1970.
pub(super) fn parse_time(text: &str) -> Option<f64> {
    parse_number(text).or_else(|| parse_date(text))
}

/// A finite number; with a comma for the point, too, where there is no point.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    // Most are whole numbers, which take a fifth of the time this way.
    if (1..=15).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_digit) {
        return Some(bytes.iter().fold(0_u64, |number, digit| number * 10 + u64::from(digit - b'0')) as f64);
    }
    let number = match text.parse() {
        Ok(number) => number,
        Err(_) if !text.contains('.') => text.replacen(',', ".", 1).parse().ok()?,
        Err(_) => return None,
    };
    Some(number).filter(|number: &f64| number.is_finite())
}

/// `2024-05-01`, and after a blank or a `T` the time of day, `12:30`, `12:30:05`, `12:30:05.25`, and `Z`, `+02`, `+0200` or
/// `+02:00`; without these it is universal time.
fn parse_date(text: &str) -> Option<f64> {
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.splitn(3, ['-', '/']);
    let [year, month, day] = [parts.next()?, parts.next()?, parts.next()?];
    if [year.len(), month.len(), day.len()] != [4, 2, 2] {
        return None;
    }
    let days = days_since_1970(digits(year)?, digits(month)?, digits(day)?)?;
    let (clock, zone) = match rest.strip_prefix(['T', 't', ' ']) {
        Some(clock) => clock.split_at(clock.find(['Z', 'z', '+', '-', ' ']).unwrap_or(clock.len())),
        None if rest.is_empty() => ("00:00", ""),
        None => return None,
    };
    Some(days as f64 * 86_400.0 + seconds_of_day(clock)? - seconds_of_zone(zone.trim())?)
}

fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// In the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`).
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    const LENGTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = LENGTHS.get(usize::try_from(month - 1).ok()?)? + i64::from(leap && month == 2);
    if !(1..=length).contains(&day) {
        return None;
    }
    // The year begins in March, so that the leap day is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

fn seconds_of_day(clock: &str) -> Option<f64> {
    let mut parts = clock.splitn(3, ':');
    let (hours, minutes) = (digits(parts.next()?)?, digits(parts.next()?)?);
    let seconds = match parts.next() {
        Some(seconds) if seconds.as_bytes().first()?.is_ascii_digit() => parse_number(seconds)?,
        Some(_) => return None,
        None => 0.0,
    };
    // 24:00 is the end of the day, and 60 a leap second.
    let valid = (0..=24).contains(&hours) && (0..60).contains(&minutes) && (0.0..61.0).contains(&seconds);
    valid.then(|| (hours * 60 + minutes) as f64 * 60.0 + seconds)
}

fn seconds_of_zone(zone: &str) -> Option<f64> {
    let (sign, zone) = match zone {
        "" | "Z" | "z" | "UTC" => return Some(0.0),
        _ => match zone.split_at_checked(1)? {
            ("+", rest) => (1.0, rest),
            ("-", rest) => (-1.0, rest),
            _ => return None,
        },
    };
    let zone = zone.replacen(':', "", 1);
    let (hours, minutes) = match zone.len() {
        2 => (digits(&zone)?, 0),
        4 => (digits(zone.get(..2)?)?, digits(zone.get(2..)?)?),
        _ => return None,
    };
    (hours <= 24 && minutes < 60).then(|| sign * (hours * 60 + minutes) as f64 * 60.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_and_numbers_are_times() {
        for (text, seconds) in [
            ("978300760", 978_300_760.0),
            ("1.5e9", 1.5e9),
            ("-5", -5.0),
            ("3,5", 3.5),
            ("1970-01-01", 0.0),
            ("2000-02-29", 951_782_400.0),
            ("2001-01-01T00:00:01Z", 978_307_201.0),
            ("2001-01-01 02:00+02:00", 978_307_200.0),
            ("2000-12-31t19:00:00.5-0500", 978_307_200.5),
            ("2001/01/01 00:00:00 UTC", 978_307_200.0),
            ("1969-12-31T24:00", 0.0),
            ("1999-03-01T00:00+01", 920_246_400.0 - 3600.0),
        ] {
            assert_eq!(parse_time(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "nan",
            "inf",
            "yesterday",
            "2001-13-01",
            "2001-02-29",
            "2001-1-1",
            "2001-01-01T",
            "2001-01-01x",
            "2001-01-01T25:00",
            "2001-01-01T10:00:61",
            "2001-01-01T10:00+2",
            "2001-01-01T10:00:-1",
            "1,2,3",
            "1.2,3",
            "20ö1-01-01",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn days_follow_each_other(day in -200_000_i64..200_000) {
            // The date of a day, found by counting years and months.
            let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            let (mut year, mut rest) = (1970, day);
            while rest < 0 {
                year -= 1;
                rest += if leap(year) { 366 } else { 365 };
            }
            while rest >= if leap(year) { 366 } else { 365 } {
                rest -= if leap(year) { 366 } else { 365 };
                year += 1;
            }
            let february = if leap(year) { 29 } else { 28 };
            let mut month = 1;
            for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
                if rest < length {
                    break;
                }
                rest -= length;
                month += 1;
            }
            prop_assert_eq!(days_since_1970(year, month, rest + 1), Some(day));
        }

        #[test]
        fn arbitrary_text_is_a_time_or_none(text in "\\PC{0,30}", date in "[0-9:TZ+. -]{0,30}") {
            parse_time(&text);
            parse_time(&date);
        }
    }
}
