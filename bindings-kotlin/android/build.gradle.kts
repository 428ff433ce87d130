// The Android library. Its sources are those of the package for the JVM (../pom.xml); `./aar` builds the native code first.
plugins {
    id("com.android.library") version "8.12.3"
    kotlin("android") version "2.2.20"
    kotlin("plugin.serialization") version "2.2.20"
    `maven-publish`
}

group = "io.elementkit"

android {
    namespace = "io.elementkit"
    compileSdk = 36
    defaultConfig {
        minSdk = 26 // java.time
        ndk { abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64", "x86") }
        consumerProguardFiles("../src/main/resources/META-INF/proguard/elementkit.pro")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    sourceSets["main"].kotlin.srcDirs("../src/main/kotlin", "../target/generated/uniffi")
    sourceSets["main"].jniLibs.srcDirs("natives")
    publishing { singleVariant("release") { withSourcesJar() } }
}

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.10.2")
    api("org.jetbrains.kotlinx:kotlinx-serialization-json:1.9.0")
    // With its native code. An app must not depend on the library for the JVM as well: its JNA is a jar of the same classes.
    implementation("net.java.dev.jna:jna:5.17.0@aar")
}

publishing {
    repositories { maven { url = uri(layout.buildDirectory.dir("maven")) } }
    publications.register<MavenPublication>("release") {
        artifactId = "elementkit-android"
        afterEvaluate { from(components["release"]) }
        pom {
            name = "ElementKit for Android"
            description = "Cloud Elements as a library: webinars and their audiences from BrightTALK, hosted or on a local file."
            url = "https://github.com/elementkit/elementkit"
            licenses {
                license {
                    name = "Apache-2.0"
                    url = "https://www.apache.org/licenses/LICENSE-2.0.txt"
                }
            }
            developers { developer { name = "The ElementKit authors" } }
            scm {
                connection = "scm:git:https://github.com/elementkit/elementkit.git"
                url = "https://github.com/elementkit/elementkit"
            }
        }
    }
}
