/// Formats of a result (spec P 10.6, 16.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    /// One object a line, called JSON on the wire.
    Json,
    JsonLines,
    NdJson,
    #[cfg(feature = "arrow")]
    ArrowStream,
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    const ALL: &[Self] = &[
        Self::Json,
        Self::Csv,
        Self::JsonLines,
        Self::NdJson,
        #[cfg(feature = "arrow")]
        Self::ArrowStream,
        #[cfg(feature = "parquet")]
        Self::Parquet,
    ];

    /// Returns the format of a media type, or of a range like `*/*`.
    pub fn accepted(range: &str) -> Option<Self> {
        match range {
            "*/*" | "application/*" | "" => Some(Self::Json),
            "text/*" => Some(Self::Csv),
            range => Self::ALL.iter().copied().find(|format| format.media_type() == range),
        }
    }

    /// Returns the media type. Clients compare the exact string (spec P 10.6).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Json => "application/json",
            Self::JsonLines => "application/jsonl",
            Self::NdJson => "application/x-ndjson",
            #[cfg(feature = "arrow")]
            Self::ArrowStream => "application/vnd.apache.arrow.stream",
            #[cfg(feature = "parquet")]
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// Returns the extension of a file name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::NdJson => "ndjson",
            #[cfg(feature = "arrow")]
            Self::ArrowStream => "arrows",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
        }
    }

    /// Returns whether it has columns, which are known before the first row.
    pub fn has_columns(self) -> bool {
        !matches!(self, Self::Json | Self::JsonLines | Self::NdJson)
    }

    /// Returns whether its columns are typed and include `additional` (spec P 16.5).
    pub fn is_columnar(self) -> bool {
        !matches!(self, Self::Csv | Self::Json | Self::JsonLines | Self::NdJson)
    }

    /// Returns whether it is compressed already, so that compressing it again gains nothing.
    pub fn is_compressed(self) -> bool {
        match self {
            #[cfg(feature = "parquet")]
            Self::Parquet => true,
            _ => false,
        }
    }
}
