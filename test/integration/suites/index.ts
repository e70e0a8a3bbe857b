/** Every integration suite; each runs in both extension hosts. */
import './extension.test';
import './recorder.test';
import './run.test';
