import java.io.BufferedWriter;
import java.io.InputStream;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamReader;

/** java.net.http + StAX: pages are parsed as they arrive. */
public final class Stax {
    private static final String[] COLUMNS = ("id lastSubscribed unsubscribed embedUrl embedTrack userId email realmId "
            + "realmUserId firstName lastName phone jobTitle level companyName companySize industry country "
            + "stateProvince").split(" ");
    private static final int ID = 0, USER_ID = 5, REALM_ID = 7;
    private static final Map<String, Map<String, Integer>> FIELDS = new HashMap<>();

    static {
        Map<String, Integer> user = new HashMap<>();
        user.put("email", 6);
        for (int at = 8; at < COLUMNS.length; at++) user.put(COLUMNS[at], at);
        FIELDS.put("user", user);
        FIELDS.put("embed", Map.of("url", 3, "track", 4));
        FIELDS.put("channelSubscriber", Map.of("lastSubscribed", 1, "unsubscribed", 2));
    }

    private static final XMLInputFactory XML = XMLInputFactory.newFactory();
    private static final String AUTHORIZATION =
            "Basic " + Base64.getEncoder().encodeToString("1:secret".getBytes(StandardCharsets.UTF_8));
    private final HttpClient http;
    private final String url;
    private final BufferedWriter out;

    private Stax(HttpClient http, String url, BufferedWriter out) {
        this.http = http;
        this.url = url;
        this.out = out;
    }

    public static void main(String[] arguments) throws Exception {
        XML.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        XML.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
        Map<String, String> options = new HashMap<>();
        for (int at = 0; at + 1 < arguments.length; at += 2) options.put(arguments[at], arguments[at + 1]);
        HttpClient.Builder client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
        if (options.containsKey("--ca")) client.sslContext(trusting(Path.of(options.get("--ca"))));
        try (BufferedWriter out = Files.newBufferedWriter(Path.of(options.get("--output")))) {
            out.write(String.join(",", COLUMNS) + "\n");
            Stax stax = new Stax(client.build(), options.get("--url"), out);
            stax.pull(Integer.parseInt(options.getOrDefault("--concurrency", "1")));
        }
        System.exit(0);
    }

    private static SSLContext trusting(Path file) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null);
        try (InputStream pem = Files.newInputStream(file)) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private InputStream get(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Authorization", AUTHORIZATION)
                .header("Accept-Encoding", "gzip")
                .build();
        HttpResponse<InputStream> answer = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        if (answer.statusCode() != 200) throw new IllegalStateException("status " + answer.statusCode());
        boolean packed = answer.headers().firstValue("Content-Encoding").filter("gzip"::equals).isPresent();
        return packed ? new GZIPInputStream(answer.body(), 1 << 16) : answer.body();
    }

    private void pull(int concurrency) throws Exception {
        List<String> channels = new ArrayList<>();
        try (InputStream in = get("/v1/my/channels")) {
            XMLStreamReader xml = XML.createXMLStreamReader(in, "UTF-8");
            while (xml.hasNext()) {
                if (xml.next() == XMLStreamConstants.START_ELEMENT && xml.getLocalName().equals("channel")) {
                    channels.add(xml.getAttributeValue(null, "id"));
                }
            }
        }
        var pool = Executors.newFixedThreadPool(concurrency);
        List<Future<?>> running = new ArrayList<>();
        for (String channel : channels) running.add(pool.submit(() -> {
            String cursor = null;
            do cursor = page(channel, cursor);
            while (cursor != null);
            return null;
        }));
        for (Future<?> one : running) one.get();
        pool.shutdown();
    }

    private String page(String channel, String cursor) throws Exception {
        StringBuilder rows = new StringBuilder(1 << 17);
        String[] row = new String[COLUMNS.length];
        Map<String, Integer> parent = Map.of();
        String next = null;
        String path = "/v1/channel/" + channel + "/subscribers?pageSize=200" + (cursor == null ? "" : "&cursor=" + cursor);
        try (InputStream in = get(path)) {
            XMLStreamReader xml = XML.createXMLStreamReader(in, "UTF-8");
            while (xml.hasNext()) {
                int event = xml.next();
                if (event == XMLStreamConstants.START_ELEMENT) {
                    String name = xml.getLocalName();
                    switch (name) {
                        case "channelSubscriber" -> {
                            Arrays.fill(row, null);
                            row[ID] = xml.getAttributeValue(null, "id");
                            parent = FIELDS.get(name);
                        }
                        case "user" -> {
                            row[USER_ID] = xml.getAttributeValue(null, "id");
                            parent = FIELDS.get(name);
                        }
                        case "embed" -> parent = FIELDS.get(name);
                        case "realm" -> row[REALM_ID] = xml.getAttributeValue(null, "id");
                        case "link" -> {
                            if ("next".equals(xml.getAttributeValue(null, "rel"))) {
                                next = xml.getAttributeValue(null, "href");
                            }
                        }
                        default -> {
                            Integer column = parent.get(name);
                            if (column != null) row[column] = xml.getElementText();
                        }
                    }
                } else if (event == XMLStreamConstants.END_ELEMENT) {
                    switch (xml.getLocalName()) {
                        case "channelSubscriber" -> append(row, rows);
                        case "user", "embed" -> parent = FIELDS.get("channelSubscriber");
                        default -> { }
                    }
                }
            }
        }
        synchronized (out) {
            out.append(rows);
        }
        if (next == null) return null;
        for (String parameter : URI.create(next).getRawQuery().split("&")) {
            if (parameter.startsWith("cursor=")) return URLDecoder.decode(parameter.substring(7), StandardCharsets.UTF_8);
        }
        throw new IllegalStateException("no cursor in " + next);
    }

    private static void append(String[] row, StringBuilder out) {
        for (int at = 0; at < row.length; at++) {
            if (at > 0) out.append(',');
            String value = row[at];
            if (value == null) continue;
            if (value.indexOf(',') < 0 && value.indexOf('"') < 0 && value.indexOf('\n') < 0 && value.indexOf('\r') < 0) {
                out.append(value);
            } else {
                out.append('"').append(value.replace("\"", "\"\"")).append('"');
            }
        }
        out.append('\n');
    }
}
