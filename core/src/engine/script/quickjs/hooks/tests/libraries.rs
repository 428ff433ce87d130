//! Libraries and globals of scripts (spec E 7.56 to 7.59). The expected values are those of Node 20.

use super::*;

async fn check(cases: &[(&str, Json)]) {
    for (expression, wanted) in cases {
        assert_eq!(changes(&format!("done({{x: {expression}}})")).await, json!({ "x": wanted }), "{expression}");
    }
}

#[tokio::test]
async fn helpers_are_those_of_transformations() {
    check(&[
        ("CE.decode64('YW\\n I=')", json!("ab")),
        (
            "CE.hmacSha1Base64('key', 'The quick brown fox jumps over the lazy dog')",
            json!("3nybhbi3iqa8ino29wqQcBydtNk="),
        ),
        ("CE.hmac('md5')('hex')('key', 'text') === CE.hmacMd5Hex('key', 'text')", json!(true)),
        ("[CE.md5('abc'), CE.b64('abc')]", json!(["900150983cd24fb0d6963f7d28e17f72", "YWJj"])),
        ("require('lodash').get({a: {b: [1, 2]}}, 'a.b[1]')", json!(2)),
        ("require('lodash/fp').map((x) => x + 1)([1, 2])", json!([2, 3])),
        ("require('lodash/get')({a: 1}, 'a')", json!(1)),
        (
            "require('lodash').isPlainObject(response_headers) && require('lodash').isArray(response_headers.link)",
            json!(true),
        ),
        ("require('util').format('%s %d', 'a', 1) + require('node:util').inspect({a: 1})", json!("a 1{ a: 1 }")),
    ])
    .await;
    for name in ["moment", "zlib", "fs", "node:fs", "jmespath", "lodash/none", "__proto__", "node:lodash", "./x"] {
        let got = changes(&format!("require('{name}')")).await;
        let wanted = format!("GET /things/preRequest:1:1: Error: The module {name} is not available");
        assert_eq!(got, json!(wanted));
    }
    for name in ["http", "https", "axios", "node:http"] {
        let got = changes(&format!("require('{name}')")).await;
        assert_eq!(got, json!("GET /things/preRequest:1:1: Error: network access is not available"), "{name}");
    }
}

#[tokio::test]
async fn buffers_and_digests_are_as_in_node() {
    check(&[
        ("Buffer.from('Zoë').toString('base64')", json!("Wm/Dqw==")),
        ("Buffer.from('Wm/Dqw==', 'base64').toString()", json!("Zoë")),
        ("[Buffer.from('a?>~').toString('base64url'), Buffer.from('YT8-fg', 'base64url').toString('latin1')]",
            json!(["YT8-fg", "a?>~"])),
        ("Buffer.from([1, 255]).toString('hex') + Buffer.concat([Buffer.from('a'), Buffer.alloc(1)]).length", json!("01ff2")),
        ("Buffer.from('ab')", json!({"type": "Buffer", "data": [97, 98]})),
        ("require('buffer').Buffer === Buffer && Buffer.isBuffer(Buffer.alloc(2)) && Buffer.alloc(2) instanceof Uint8Array",
            json!(true)),
        ("require('crypto').createHash('sha256').update('a').update(Buffer.from('bc')).digest('hex')",
            json!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")),
        ("['md5', 'sha1', 'SHA-224', 'sha384', 'RSA-SHA512'].map((a) => require('crypto').createHash(a).update('abc').digest('hex').slice(0, 8))",
            json!(["90015098", "a9993e36", "23097d22", "cb00753f", "ddaf35a1"])),
        ("require('node:crypto').createHmac('sha256', 'key').update('text').digest('base64')",
            json!("avqQRqlXnK0UOjhMG1ZLmiUNJ9b2pj+fIL86dZTJ4sY=")),
        ("require('crypto').createHmac('sha1', Buffer.from('6b6579', 'hex')).update('é', 'latin1').digest().length", json!(20)),
        ("require('crypto').randomBytes(9).toString('base64').length", json!(12)),
        ("/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(require('crypto').randomUUID())", json!(true)),
        ("[atob('YWJj'), btoa('abc')]", json!(["abc", "YWJj"])),
        ("[...new TextEncoder().encode('é€')]", json!([195, 169, 226, 130, 172])),
        ("new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 226, 130, 172, 255]))", json!("€\u{fffd}")),
        ("new TextDecoder('windows-1252').decode(Buffer.from([0x80, 0xe9]))", json!("€é")),
        ("[new TextEncoder().encodeInto('a😀b', new Uint8Array(5)), new TextDecoder('LATIN1').encoding]",
            json!([{"read": 3, "written": 5}, "windows-1252"])),
    ])
    .await;
    for (body, wanted) in [
        ("require('crypto').createHash('sha3')", "Error: Digest method not supported"),
        ("require('crypto').createHmac('x', 'k')", "Error: Invalid digest: x"),
        ("require('crypto').createHash('md5').update(5)", "TypeError: The \"data\" argument"),
        ("require('crypto').randomBytes(1e9)", "RangeError: at most 1 MiB"),
        (
            "new TextDecoder('utf-8', {fatal: true}).decode(new Uint8Array([255]))",
            "TypeError: The encoded data was not valid",
        ),
        ("new TextDecoder('none')", "RangeError: The \"none\" encoding is not supported"),
    ] {
        let got = changes(body).await.to_string().replace("\\\"", "\"");
        assert!(got.contains("GET /things/preRequest:1:") && got.contains(wanted), "{body}: {got}");
    }
}

#[tokio::test]
async fn addresses_are_as_in_node() {
    check(&[
        ("new URL('../c d?x=1#h', 'https://u:p@Example.com:8443/a/b/').href", json!("https://u:p@example.com:8443/a/c%20d?x=1#h")),
        ("['origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'] \
            .map((name) => new URL('https://u:p@example.com:8443/a?x=1#h')[name])",
            json!(["https://example.com:8443", "https:", "u", "p", "example.com:8443", "example.com", "8443", "/a", "?x=1", "#h"])),
        ("(() => { const u = new URL('https://a.test/x?b=1'); u.searchParams.append('c', 'd e'); u.searchParams.set('b', '2'); \
            u.pathname = '/y'; u.port = 'no'; u.hash = 'z'; const s = u.searchParams; u.search = '?q=1'; return [String(u), s.get('q'), s.size] })()",
            json!(["https://a.test/y?q=1#z", "1", 1])),
        ("`${new URL('https://a.test/?a=1&b=%20+')}`", json!("https://a.test/?a=1&b=%20+")),
        ("(() => { const u = new URL('https://a.test/?b=1&a=2'); u.searchParams.sort(); u.searchParams.delete('b'); return u.href })()",
            json!("https://a.test/?a=2")),
        ("[URL.canParse('x'), URL.canParse('x', 'https://a.test'), URL.parse('x')]", json!([false, true, null])),
        ("new URLSearchParams({a: 'x y', b: 'é&='}).toString()", json!("a=x+y&b=%C3%A9%26%3D")),
        ("[...new URLSearchParams([['a', '1'], ['a', 2]])].concat([new URLSearchParams('?a=1&a=2').getAll('a')])",
            json!([["a", "1"], ["a", "2"], ["1", "2"]])),
        ("[new URLSearchParams('a=1').has('a', '2'), new URLSearchParams('a=1').get('b'), [...new URLSearchParams('a=1&b').keys()]]",
            json!([false, null, ["a", "b"]])),
        ("(({query, host, pathname}) => ({query, host, pathname}))(require('url').parse('https://a.test:1/c?d=1&d=2', true))",
            json!({"query": {"d": ["1", "2"]}, "host": "a.test:1", "pathname": "/c"})),
        ("require('url').format({protocol: 'https', host: 'a.test', pathname: '/x', query: {a: [1, 2], b: 'x y'}})",
            json!("https://a.test/x?a=1&a=2&b=x%20y")),
        ("[require('url').resolve('http://a/b/c', '../d'), require('url').URL === URL, require('url').URLSearchParams === URLSearchParams]",
            json!(["http://a/d", true, true])),
        ("[require('querystring').parse('a=1&a=2&b=%20+x'), require('querystring').stringify({a: [1, 2], b: 'x y'}, ';', ':')]",
            json!([{"a": ["1", "2"], "b": "  x"}, "a:1;a:2;b:x%20y"])),
        ("[require('querystring').escape('a b&'), require('querystring').unescape('%zz')]", json!(["a%20b%26", "%zz"])),
    ])
    .await;
    let got =
        changes("try { new URL('no') } catch (e) { done({x: [e.code, e instanceof TypeError, e.message]}) }").await;
    assert_eq!(got, json!({"x": ["ERR_INVALID_URL", true, "Invalid URL"]}));
}
