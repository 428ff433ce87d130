use super::{OptionInfo, Setter};
use crate::client::options::HostedOptions;
use crate::client::retry::RetryPolicy;
use crate::environment;

/// The options of a hosted platform.
pub const HOSTED_OPTIONS: &[OptionInfo<HostedOptions>] = &[
    OptionInfo::new(
        "base_url",
        Setter::Text(HostedOptions::base_url),
        "The base URL of the platform, or the name of a published region such as `eu`. US production by default.",
    )
    .or(environment::BASE_URL),
    OptionInfo::new("user_secret", Setter::Secret(HostedOptions::user), "The user secret. Required.")
        .or(environment::USER_SECRET),
    OptionInfo::new(
        "organization_secret",
        Setter::Secret(HostedOptions::organization),
        "The organization secret. Required.",
    )
    .or(environment::ORGANIZATION_SECRET),
    OptionInfo::new(
        "allow_insecure_http",
        Setter::Flag(HostedOptions::allow_insecure_http),
        "Allows plain HTTP to hosts other than this machine. Off by default.",
    ),
    OptionInfo::new(
        "timeout_ms",
        Setter::Timeout(HostedOptions::timeout),
        "Time limit of a call, retries included, until its response begins. Unlimited by default.",
    ),
    OptionInfo::new(
        "connect_timeout_ms",
        Setter::Timeout(HostedOptions::connect_timeout),
        "Time limit for connecting, TLS included. 10 seconds by default.",
    ),
    OptionInfo::new(
        "read_timeout_ms",
        Setter::Timeout(HostedOptions::read_timeout),
        "Maximum silence of the platform, before a response begins and within it. 130 seconds by default.",
    ),
    OptionInfo::new(
        "retries",
        Setter::Count(|options, retries| options.retry(RetryPolicy { retries, ..RetryPolicy::HOSTED })),
        "Maximum number of retries of a failed read. 3 by default.",
    ),
    OptionInfo::new(
        "proxy",
        Setter::Secret(HostedOptions::proxy),
        "A proxy, `http://[user:password@]host:port`. By default that of `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`.",
    ),
    OptionInfo::new(
        "no_proxy",
        Setter::Flag(|options, off| if off { options.no_proxy() } else { options }),
        "Ignores the proxy of the environment. Off by default.",
    ),
    OptionInfo::new(
        "ca_file",
        Setter::Paths(HostedOptions::ca_file),
        "PEM files of certificate authorities to trust in addition to the public ones.",
    )
    .or(environment::CA_FILE),
    OptionInfo::new(
        "answer_limit",
        Setter::Positive(HostedOptions::answer_limit),
        "The longest response that is read into memory, in bytes; results of bulk jobs are streamed. 256 MiB by default.",
    ),
    OptionInfo::new(
        "warnings",
        Setter::Warnings(HostedOptions::warnings),
        "Policy for warnings of the platform. They are reported by default.",
    ),
];
