//! Numbers with decimals, written back as they came: `50` stays `50` and does not become `50.0`.

use serde::{Serialize, Serializer};

/// What [`serialize`] can write.
pub trait Numbers {
    #[doc(hidden)]
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// For `serialize_with` on a property of type `f64`, or an option or list of it.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T: Numbers, S: Serializer>(numbers: &T, serializer: S) -> Result<S::Ok, S::Error> {
    numbers.write(serializer)
}

/// The largest whole number up to which every whole number has an `f64` of its own.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

impl Numbers for f64 {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.fract() == 0.0 && self.abs() <= MAX_SAFE_INTEGER {
            #[allow(clippy::cast_possible_truncation, reason = "checked: whole, and within the range of i64")]
            serializer.serialize_i64(*self as i64)
        } else {
            serializer.serialize_f64(*self)
        }
    }
}

struct Written<'a, T>(&'a T);

impl<T: Numbers> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

impl<T: Numbers> Numbers for Option<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(number) => serializer.serialize_some(&Written(number)),
            None => serializer.serialize_none(),
        }
    }
}

impl<T: Numbers> Numbers for Vec<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Written))
    }
}

impl<T: Numbers> Numbers for crate::Nullable<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().map(Written).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Sample {
        #[serde(serialize_with = "serialize")]
        one: f64,
        #[serde(serialize_with = "serialize")]
        maybe: Option<f64>,
        #[serde(serialize_with = "serialize")]
        nullable: crate::Nullable<f64>,
        #[serde(serialize_with = "serialize")]
        list: Vec<f64>,
    }

    #[test]
    fn a_whole_number_has_no_decimals() {
        let value = Sample { one: 50.0, maybe: Some(-7.0), nullable: 0.5.into(), list: vec![1.0, 12.25, -0.0, 1e300] };
        let text = serde_json::to_string(&value).unwrap();
        assert_eq!(text, r#"{"one":50,"maybe":-7,"nullable":0.5,"list":[1,12.25,0,1e+300]}"#);
        let value = Sample { one: MAX_SAFE_INTEGER, maybe: None, nullable: crate::Nullable::Null, list: Vec::new() };
        let text = serde_json::to_string(&value).unwrap();
        assert_eq!(text, r#"{"one":9007199254740991,"maybe":null,"nullable":null,"list":[]}"#);
    }
}
