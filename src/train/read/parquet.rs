use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::basic::{LogicalType, TimeUnit, Type as Physical};
use parquet::file::reader::{ChunkReader, FileReader};
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::{Field, Row as Record};
use parquet::schema::types::Type;

use super::columns::Columns;
use super::sink::{Row, Sink, Value};
use crate::error::{Error, Result};

/// Reads the columns that are needed of a Parquet file.
///
/// # Errors
/// Where they cannot be found or read.
pub(super) fn read(file: impl ChunkReader + 'static, sink: &mut Sink, progress: &dyn Fn(u64)) -> Result<()> {
    // The crate panics where a file has what it does not implement.
    let read = catch_unwind(AssertUnwindSafe(|| read_columns(file, sink, progress)));
    read.unwrap_or_else(|_| Err(sink.error("is no Parquet file that can be read")))
}

fn read_columns(file: impl ChunkReader + 'static, sink: &mut Sink, progress: &dyn Fn(u64)) -> Result<()> {
    let size = file.len() as f64;
    let reader = SerializedFileReader::new(file).map_err(|error| broken(sink, error))?;
    let metadata = reader.metadata().file_metadata();
    let fields = metadata.schema().get_fields();
    let names: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
    let (columns, _) = sink.columns(|asked| Ok((Columns::of_names(&names, asked)?, true)))?;
    let chosen = [Some(columns.user), Some(columns.item), columns.rating, columns.timestamp];
    let mut read: Vec<usize> = chosen.into_iter().flatten().collect();
    read.sort_unstable();
    read.dedup();
    if let Some(&column) = read.iter().find(|&&column| !is_read(&fields[column])) {
        return Err(sink.error(format!("column {:?} has a type that is not read", names[column])));
    }
    let places = chosen.map(|column| column.and_then(|column| read.binary_search(&column).ok()));
    let per_second = columns.timestamp.map_or(1.0, |column| per_second(&fields[column]));
    let projection = Type::group_type_builder(metadata.schema().name())
        .with_fields(read.iter().map(|&column| fields[column].clone()).collect())
        .build();
    let rows = projection.and_then(|projection| reader.get_row_iter(Some(projection)));
    let total = metadata.num_rows().max(1) as f64;
    let mut texts = [String::new(), String::new()];
    for (number, record) in (1_u64..).zip(rows.map_err(|error| broken(sink, error))?) {
        sink.line = number;
        let record = record.map_err(|error| broken(sink, error))?;
        let row = row(&record, places, per_second, &mut texts);
        sink.add(row)?;
        if number % (1 << 16) == 0 {
            progress((size * (number as f64 / total).min(1.0)) as u64);
        }
    }
    Ok(())
}

fn broken(sink: &Sink, error: impl ToString) -> Error {
    sink.error(error.to_string())
}

/// Whether values of this column can be ids, ratings or times.
fn is_read(column: &Type) -> bool {
    column.is_primitive()
        && !matches!(column.get_physical_type(), Physical::FIXED_LEN_BYTE_ARRAY | Physical::BOOLEAN)
}

/// How often a time of this column counts up in a second; 1 where nothing says that it is one.
fn per_second(column: &Type) -> f64 {
    match column.get_basic_info().logical_type_ref() {
        Some(LogicalType::Timestamp(time)) if time.unit == TimeUnit::NANOS => 1e9,
        _ => 1.0,
    }
}

fn row<'a>(
    record: &'a Record,
    [user, item, rating, time]: [Option<usize>; 4],
    per_second: f64,
    [user_text, item_text]: &'a mut [String; 2],
) -> Result<Row<'a>, String> {
    let field = |place: Option<usize>| {
        let field = place.and_then(|place| record.get_column_iter().nth(place));
        field.map_or(&Field::Null, |(_, field)| field)
    };
    Ok(Row {
        user: id(field(user), user_text)?,
        item: id(field(item), item_text)?,
        rating: value(field(rating), 1.0)?,
        time: value(field(time), per_second)?,
    })
}

fn id<'a>(field: &'a Field, text: &'a mut String) -> Result<&'a [u8], String> {
    text.clear();
    let _ = match field {
        Field::Str(id) => return Ok(id.as_bytes()),
        Field::Bytes(id) => return Ok(id.data()),
        // Whole numbers that may be missing are written as floating ones.
        Field::Double(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            write!(text, "{}", *number as i64)
        }
        Field::Null => return Err("an id is missing".to_owned()),
        other => write!(text, "{other}"),
    };
    Ok(text.as_bytes())
}

fn value(field: &Field, per_second: f64) -> Result<Value<'_>, String> {
    let number = match field {
        Field::Null => return Ok(Value::None),
        Field::Str(text) => return Ok(Value::Text(text.as_bytes())),
        Field::Bytes(text) => return Ok(Value::Text(text.data())),
        Field::Byte(number) => f64::from(*number),
        Field::Short(number) => f64::from(*number),
        Field::Int(number) => f64::from(*number),
        Field::Long(number) => *number as f64,
        Field::UByte(number) => f64::from(*number),
        Field::UShort(number) => f64::from(*number),
        Field::UInt(number) => f64::from(*number),
        Field::ULong(number) => *number as f64,
        Field::Float(number) => f64::from(*number),
        Field::Double(number) => *number,
        Field::Decimal(decimal) => {
            // Bytes of a whole number, the highest first.
            let bytes = decimal.data();
            let sign = bytes.first().map_or(0.0, |&byte| if byte < 0x80 { 0.0 } else { -1.0 });
            let whole = bytes.iter().fold(sign, |number, &byte| number * 256.0 + f64::from(byte));
            whole / 10_f64.powi(decimal.scale())
        }
        Field::Date(days) => f64::from(*days) * 86_400.0,
        Field::TimestampMillis(time) => *time as f64 / 1e3,
        Field::TimestampMicros(time) => *time as f64 / 1e6,
        other => return Err(format!("{other} is not a number or a date")),
    };
    Ok(Value::Number(number / per_second))
}
