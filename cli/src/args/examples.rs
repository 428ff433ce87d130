//! Examples in the help of each command. A test runs them all, in this order, in one folder.

/// Commands with their examples.
pub const EXAMPLES: &[(&str, &[&str])] = &[
    ("demo", &["elementkit demo", "elementkit demo --contacts 1000 --output contacts.csv"]),
    ("sandbox", &["elementkit sandbox --listen 127.0.0.1:8099 --subscribers 500"]),
    ("connect", &["elementkit connect brighttalk", "elementkit connect brighttalk --keep-without-email --json"]),
    ("doctor", &["elementkit doctor", "elementkit doctor --json > doctor.json"]),
    ("objects", &["elementkit objects", "elementkit objects contacts"]),
    (
        "records",
        &[
            "elementkit records channels",
            "elementkit records contacts --channel 1001 --since 2026-01-01 --csv",
            "elementkit records contacts --where \"email like '%@example.org'\" --limit 5",
        ],
    ),
    #[cfg(feature = "report")]
    (
        "report",
        &[
            "elementkit report --channel 1001 --output engagement.html",
            "elementkit report --channel 1001 --webcast 10001 --json",
        ],
    ),
    (
        "bulk query",
        &[
            "elementkit bulk query \"select * from contacts\" --output contacts.csv",
            "elementkit bulk query \"select id, email from contacts\" --output contacts.parquet",
        ],
    ),
    ("bulk list", &["elementkit bulk list"]),
    ("bulk status", &["elementkit bulk status 42000001"]),
    ("bulk report", &["elementkit bulk report 42000001"]),
    ("bulk errors", &["elementkit bulk errors 42000001"]),
    ("bulk download", &["elementkit bulk download 42000001 --output contacts.jsonl"]),
    ("bulk cancel", &["elementkit bulk cancel 42000001"]),
    ("bulk resume", &["elementkit bulk resume 42000001 --output contacts.csv"]),
    (
        "sync",
        &[
            "elementkit sync contacts --state contacts.state --output changed.csv",
            "elementkit sync contacts --state one.state --output one.parquet --channel 1001",
        ],
    ),
    ("tap", &["elementkit tap --discover > catalog.json", "elementkit tap --catalog catalog.json > messages.jsonl"]),
    (
        "request",
        &[
            "elementkit request GET /instances/count",
            "elementkit request --element GET /channels --query pageSize=1 --query fields=id,name",
        ],
    ),
    ("elements list", &["elementkit elements list"]),
    ("elements new", &["elementkit elements new --openapi desk.yaml --hub helpdesk"]),
    ("elements check", &["elementkit elements check crm.json acmedesk.json"]),
    (
        "elements import",
        &["elementkit elements import crm.json acmedesk.json", "elementkit elements import --replace crm.json"],
    ),
    ("elements export", &["elementkit elements export tinycrm > tinycrm.json"]),
    ("elements schema", &["elementkit elements schema > element-definition.schema.json"]),
    ("elements try", &["elementkit elements try brighttalk \"GET /channels?pageSize=5\" --trace"]),
    ("elements remove", &["elementkit elements remove acmedesk"]),
    ("bulk upload", &["elementkit bulk upload clients.csv --object clients --instance 400002 --failed failed.csv"]),
    ("import", &["elementkit import backup.json --check", "elementkit import backup.json"]),
    ("export", &["elementkit export definitions", "elementkit export all.json --layout backup"]),
    ("transform try", &["elementkit transform try people '{\"id\": 7, \"email\": \"a@example.com\"}'"]),
    ("compare", &["elementkit compare channels contacts --with-database other.db"]),
    ("instances list", &["elementkit instances list"]),
    ("instances get", &["elementkit instances get 400001"]),
    ("instances delete", &["elementkit instances delete 400002"]),
    ("serve", &["elementkit serve", "elementkit serve --listen 127.0.0.1:8088 -v --log-format json"]),
    #[cfg(feature = "console")]
    ("console", &["elementkit console --no-browser"]),
    #[cfg(feature = "mcp")]
    ("mcp serve", &["elementkit mcp", "elementkit mcp serve --listen 127.0.0.1:8099 --reveal email"]),
    #[cfg(feature = "mcp")]
    ("mcp install", &["elementkit mcp install --max-rows 20"]),
    ("health", &["elementkit health", "elementkit health http://127.0.0.1:8088"]),
    ("secrets show", &["elementkit secrets", "elementkit secrets show --json"]),
    ("secrets rotate", &["elementkit secrets rotate", "elementkit secrets rotate user --grace 3600"]),
    ("organizations create", &["elementkit organizations create --name acme"]),
    ("organizations list", &["elementkit organizations list"]),
    ("backup", &["elementkit backup copy", "elementkit backup whole --with-key"]),
    ("restore", &["elementkit restore whole --database restored.db"]),
    ("check", &["elementkit check"]),
    ("vault rotate", &["elementkit vault rotate"]),
    ("purge", &["elementkit purge --yes", "elementkit purge --instance 400001 --yes"]),
    (
        "completions",
        &["elementkit completions bash > elementkit.bash", "elementkit completions fish > elementkit.fish"],
    ),
    ("man", &["elementkit man > elementkit.1", "elementkit man man1"]),
];

/// Returns the examples of a command.
pub fn of(path: &str) -> &'static [&'static str] {
    EXAMPLES.iter().find(|(known, _)| *known == path).map_or(&[], |(_, lines)| lines)
}
