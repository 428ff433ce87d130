package io.elementkit

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.future.future
import java.util.concurrent.CompletableFuture
import java.util.function.Consumer
import kotlin.coroutines.Continuation
import kotlin.coroutines.intrinsics.suspendCoroutineUninterceptedOrReturn

/** A call of a suspending function from Java. */
public fun interface SuspendingCall<T> {
    /** Calls the function with the continuation as its last argument and returns what it returns. */
    @Throws(Exception::class)
    public fun call(continuation: Continuation<T>): Any?
}

/**
 * Suspending functions and flows for Java:
 *
 * ```java
 * Platform platform = Futures.of(c -> Platform.embedded("elementkit.db", c)).get();
 * ```
 *
 * A future fails with the [ElementKitException] as the cause of its `ExecutionException`; cancelling it cancels the
 * call.
 */
public object Futures {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)

    /** Starts a call of a suspending function. */
    @JvmStatic
    public fun <T> of(call: SuspendingCall<T>): CompletableFuture<T> =
        scope.future { suspendCoroutineUninterceptedOrReturn { call.call(it) } }

    /** Collects a flow; the consumer gets the values one by one, on a background thread. */
    @JvmStatic
    public fun <T> each(flow: Flow<T>, consumer: Consumer<in T>): CompletableFuture<Unit> =
        scope.future { flow.collect { consumer.accept(it) } }
}
