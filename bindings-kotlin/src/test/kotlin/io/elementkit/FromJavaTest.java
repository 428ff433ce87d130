package io.elementkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import kotlinx.serialization.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Use of the package from Java. */
class FromJavaTest {
    @TempDir
    File folder;

    @Test
    void exceptionsCanBeCaught() {
        try {
            Platform.hosted("http://platform.example", "user", "organization");
            throw new AssertionError("it must fail");
        } catch (ElementKitException.Config problem) {
            assertNotNull(problem.getHint());
        }
    }

    @Test
    void callsAreFutures() throws Exception {
        try (Sandbox vendor = new Sandbox()) {
            CompletableFuture<Platform> opening = Futures.of(c -> Platform.embedded(folder + "/test.db", vendor.getUrl(), c));
            try (Platform platform = opening.get()) {
                CompletableFuture<Instance> connecting =
                    Futures.of(c -> BrightTalk.connect(platform, "1", "0123456789ABCDEF0123456789ABCDEF", c));
                Records records = connecting.get().records("channels", new Field("id").gt(0));
                CompletableFuture<List<JsonObject>> reading = Futures.of(c -> records.toList(2, c));
                assertEquals(2, reading.get().size());
                List<JsonObject> all = new ArrayList<>();
                Futures.each(records.flow(), all::add).get();
                assertEquals(5, all.size());

                CompletableFuture<List<JsonObject>> refused =
                    Futures.of(c -> connecting.join().records("channels/9/contacts").toList(c));
                ExecutionException failure = assertThrows(ExecutionException.class, refused::get);
                assertInstanceOf(ElementKitException.NotFound.class, failure.getCause());
            }
        }
    }
}
