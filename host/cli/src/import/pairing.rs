//! The values of `--map` and `--set`.

use std::str::FromStr;

use super::values::Type;

/// A value of `--map`: `TARGET=COLUMN[:TYPE]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    pub target: String,
    pub column: String,
    pub kind: Type,
}

/// A value of `--set`: `TARGET=VALUE[:TYPE]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    pub target: String,
    pub value: String,
    pub kind: Type,
}

impl FromStr for Mapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Mapping, String> {
        let (target, column, kind) = split(text, "amount=total_usd:number")?;
        if column.is_empty() {
            return Err("no column after the =".to_owned());
        }
        Ok(Mapping {
            target,
            column,
            kind,
        })
    }
}

impl FromStr for Constant {
    type Err = String;

    fn from_str(text: &str) -> Result<Constant, String> {
        let (target, value, kind) = split(text, "channel=till")?;
        Ok(Constant {
            target,
            value,
            kind,
        })
    }
}

/// Splits at the first `=`. Text after the last colon counts as type only if it is one, since
/// headers can hold colons.
fn split(text: &str, example: &str) -> Result<(String, String, Type), String> {
    let Some((target, rest)) = text.split_once('=') else {
        return Err(format!("no = found: expected a form like {example}"));
    };
    let (value, kind) = match rest.rsplit_once(':') {
        Some((value, kind)) => match kind.parse() {
            Ok(kind) => (value, kind),
            Err(()) => (rest, Type::Text),
        },
        None => (rest, Type::Text),
    };
    Ok((target.trim().to_owned(), value.trim().to_owned(), kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pairing_is_target_column_and_type() {
        let pairing: Mapping = "data.amount=Total (USD):number".parse().unwrap();
        assert_eq!(pairing.target, "data.amount");
        assert_eq!(pairing.column, "Total (USD)");
        assert_eq!(pairing.kind, Type::Number);
        let pairing: Mapping = "body=Note: staff".parse().unwrap();
        assert_eq!(pairing.column, "Note: staff");
        assert_eq!(pairing.kind, Type::Text);
        assert!("body".parse::<Mapping>().is_err());
        assert!("body=".parse::<Mapping>().is_err());
    }
}
